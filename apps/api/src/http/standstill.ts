import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@incidents/runtime/logger';

/** Milliseconds between two looks at the clock. */
const BEAT_MS = 250;
/** Milliseconds without a look after which the process has stood still: clients give up meanwhile. */
const STANDSTILL_MS = 1_000;
/** Milliseconds that it takes to accept what has queued up meanwhile, one connection in each turn of the event loop. */
const AFTERMATH_MS = 30_000;

/** Notices that the process stood still: stopped, swapped out, or short of a processor. */
export interface Standstill {
  /** Whether it did a moment ago. */
  isRecent(): boolean;
}

/** Looks at the clock on each beat, and whenever it is asked. */
export function watchStandstill(server: Server, { logger }: { logger: Logger }): Standstill {
  let lastBeat = performance.now();
  let recentUntil = 0;
  const beat = () => {
    const now = performance.now();
    const gap = now - lastBeat;
    lastBeat = now;
    if (gap < STANDSTILL_MS) return;
    recentUntil = now + AFTERMATH_MS;
    logger.warn({ standstill_ms: Math.round(gap) }, 'the process stood still');
  };
  const timer = setInterval(beat, BEAT_MS).unref();
  server.once('close', () => clearInterval(timer));
  return {
    isRecent() {
      beat();
      return lastBeat < recentUntil;
    },
  };
}

/**
 * Whether a client has hung up. Its request and the end of its connection arrive together, but are read in two turns of
 * the event loop. Node.js answers no half-closed connection, so an end is enough.
 */
export async function hasHungUp(socket: Socket): Promise<boolean> {
  await nextTurn();
  await nextTurn();
  return !socket.writable;
}
