/** Milliseconds until the next probe after the first, second, … failed one; the last one repeats. */
const PROBE_DELAYS_MS = [1_000, 2_000, 5_000];

/** One worker's view of a channel's server. */
export interface ChannelPause {
  /** Milliseconds until the next probe; 0 when the server takes messages, or a probe is due. */
  remainingMs(): number;
  /** Whether the last message was refused by the server as a whole. */
  isPaused(): boolean;
  /** @returns milliseconds until the next probe */
  pause(): number;
  resume(): void;
}

/**
 * A pause of one channel of one worker. While it lasts, one message at a time probes the server.
 * @param onResume called when the server takes messages again
 */
export function createChannelPause(onResume: () => void, now = () => performance.now()): ChannelPause {
  let failures = 0;
  let until = 0;
  return {
    remainingMs: () => (failures === 0 ? 0 : Math.max(0, until - now())),
    isPaused: () => failures > 0,
    pause() {
      const remaining = until - now();
      // Concurrent messages report the same outage, so it counts once.
      if (failures > 0 && remaining > 0) return remaining;
      const delay = PROBE_DELAYS_MS[Math.min(failures, PROBE_DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      until = now() + delay;
      return delay;
    },
    resume() {
      if (failures === 0) return;
      failures = 0;
      onResume();
    },
  };
}
