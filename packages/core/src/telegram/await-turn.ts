import { setTimeout as sleep } from 'node:timers/promises';
import {
  closeScope,
  type Limit,
  scopeOpensAt,
  type TurnLimits,
  takeTurn,
} from '@incidents/db/queries/telegram-turns';
import type { Context } from '../context.ts';

export type { Limit, TurnLimits };

/** How long somebody waits for a turn before being told to come back later. */
export interface Patience {
  /** Longest wait, in milliseconds. */
  wait: number;
  /** A turn that can only be used this many milliseconds after it began is given up for a new one. */
  lateness: number;
}

/** When the process was too busy to use a turn. */
const ASK_AGAIN_MS = 1_000;

/**
 * Waits for a turn under `limits` and returns when it has come; the caller is to send at once.
 * @returns 0, or, when it would take longer than `patience.wait`, the milliseconds after which to ask again
 * @throws AbortError when `signal` is aborted meanwhile
 */
export async function awaitTurn(
  db: Context['db'],
  limits: TurnLimits,
  patience: Patience,
  signal: AbortSignal,
): Promise<number> {
  const until = performance.now() + patience.wait;
  let chatIsOurs = false;
  for (;;) {
    signal.throwIfAborted();
    const answer = await db.connection().execute(async (connection) => {
      // Not before there is a connection: waiting for one would make every turn look late.
      const asked = performance.now();
      if (asked > until) return undefined;
      const turn = await takeTurn(connection, limits, { ahead: until - asked, chatIsOurs });
      return { asked, answered: performance.now(), ...turn };
    });
    if (answer === undefined) return ASK_AGAIN_MS;
    const { asked, answered, taken, wait, decidedAfter } = answer;
    if (!taken && answered + wait > until) return wait;
    // From the answer on, so that it is never too early: the question was under way for a part of the time.
    const sleeps = answered + wait - performance.now();
    if (sleeps > 0) await sleep(sleeps, undefined, { signal });
    if (!taken) continue;
    const earliest = asked + decidedAfter + wait;
    // Those who come after count on this turn having been used when it began.
    if (performance.now() - earliest <= patience.lateness) return 0;
    chatIsOurs = true;
  }
}

/** Lets nothing leave in `scope` for the next `milliseconds`, for every worker. */
export const closeTurns = (db: Context['db'], scope: string, milliseconds: number): Promise<void> =>
  closeScope(db, scope, milliseconds);

/** @returns when the next message may leave in `scope`, by the database's clock; ISO 8601 in UTC */
export const turnsOpenAt = (db: Context['db'], scope: string): Promise<string | undefined> =>
  scopeOpensAt(db, scope);
