import type { Server } from 'node:http';
import type { Logger } from '@incidents/runtime/logger';

const CHECK_INTERVAL_MS = 250;
/** A stall this long makes clients give up. */
const MIN_STALL_MS = 1_000;
/** Time to accept the connections that queued up during a stall, one per turn of the event loop. */
const RECOVERY_MS = 30_000;

/** Detects stalls of the event loop: the process was stopped, swapped out, or short of a processor. */
export interface EventLoopStalls {
  hasRecent(): boolean;
}

export function watchEventLoopStalls(server: Server, { logger }: { logger: Logger }): EventLoopStalls {
  let lastCheck = performance.now();
  let recentUntil = 0;
  const check = () => {
    const now = performance.now();
    const stallMs = now - lastCheck;
    lastCheck = now;
    if (stallMs < MIN_STALL_MS) return;
    recentUntil = now + RECOVERY_MS;
    logger.warn({ standstill_ms: Math.round(stallMs) }, 'the process stood still');
  };
  const timer = setInterval(check, CHECK_INTERVAL_MS).unref();
  server.once('close', () => clearInterval(timer));
  return {
    hasRecent() {
      check();
      return lastCheck < recentUntil;
    },
  };
}
