/** Milliseconds until the next probe after the first, second, … failure; the last one repeats. */
const PROBE_DELAYS_MS = [1_000, 2_000, 5_000];

/** The pause of one channel in one worker. While it lasts, one message at a time probes the server. */
export interface ChannelPause {
  /** Milliseconds until the next probe; 0 when the channel is not paused, or a probe is due. */
  remainingMs(): number;
  isPaused(): boolean;
  pause(): number;
  resume(): void;
}

export function createChannelPause(onResume: () => void, now = () => performance.now()): ChannelPause {
  let failures = 0;
  let probeAt = 0;
  return {
    remainingMs: () => (failures === 0 ? 0 : Math.max(0, probeAt - now())),
    isPaused: () => failures > 0,
    pause() {
      const remainingMs = probeAt - now();
      // Concurrent messages report the same outage, so it counts once.
      if (failures > 0 && remainingMs > 0) return remainingMs;
      const delayMs = PROBE_DELAYS_MS[Math.min(failures, PROBE_DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      probeAt = now() + delayMs;
      return delayMs;
    },
    resume() {
      if (failures === 0) return;
      failures = 0;
      onResume();
    },
  };
}
