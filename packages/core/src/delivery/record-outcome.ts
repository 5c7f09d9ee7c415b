import { markEnded, markSent, postpone } from '@incidents/db/queries/finish-delivery';
import type { JobSpec } from '@incidents/db/queries/job-spec';
import { AFTER_FIRST_ATTEMPTS } from '@incidents/jobs/catalog';
import type { Context } from '../context.ts';
import type { Outcome } from './channel.ts';
import { retryDelay } from './retry-delay.ts';

/** What was attempted: one delivery, or those that one digest stands for. */
export interface Attempted {
  /** `age`: seconds since the current series of attempts began. */
  deliveries: { id: number; age: number }[];
  /** Attempts of the current series, this one included; of a digest, those of its oldest delivery. */
  attempts: number;
  /** Queued when it has to be tried again. */
  job: JobSpec;
}

/** What became of it, for the log. */
export type Recorded =
  | { state: 'sent' | 'failed' | 'skipped'; error?: string | undefined }
  | { state: 'pending'; retryIn: number; error?: string | undefined };

/**
 * Writes down what came of an attempt. One that may work later is queued again in the same statement, until
 * the series is older than `maxAgeSeconds`: of a digest that holds for each delivery by itself, whatever has
 * waited longer beside it. Waiting for a turn alone has no such end: after a long silence of all workers every message
 * would be too old before its turn came.
 */
export async function recordOutcome(
  context: Context,
  attempted: Attempted,
  outcome: Outcome,
  maxAgeSeconds: number,
): Promise<Recorded> {
  const { deliveries, attempts, job } = attempted;
  const ids = idsOf(deliveries);
  switch (outcome.kind) {
    case 'sent':
      await markSent(context.db, ids, outcome.providerMessageId);
      return { state: 'sent' };
    case 'failed':
      await markEnded(context.db, ids, 'failed', outcome.error);
      return { state: 'failed', error: outcome.error };
    case 'wait':
      await postpone(context.db, ids, {
        delay: outcome.delay,
        error: outcome.error ?? null,
        attemptCounts: false,
        job,
      });
      return { state: 'pending', retryIn: outcome.delay, error: outcome.error };
    case 'closed':
    case 'retry': {
      const attemptCounts = outcome.kind === 'retry';
      const given = deliveries.filter(({ age }) => age < maxAgeSeconds);
      const { error } = outcome;
      if (given.length < deliveries.length) {
        const over = deliveries.filter(({ age }) => age >= maxAgeSeconds);
        const last = attemptCounts ? error : `not sent within ${maxAgeSeconds} s: ${error}`;
        await markEnded(context.db, idsOf(over), 'failed', last);
        if (given.length === 0) return { state: 'failed', error: last };
      }
      // The last attempt falls on the end of the allowed age, not somewhere before it.
      const left = (maxAgeSeconds - Math.max(...given.map(({ age }) => age))) * 1000;
      const wanted = attemptCounts ? retryDelay(attempts, Math.random()) : outcome.delay;
      const delay = Math.min(wanted, left);
      const again = attemptCounts ? { ...job, priority: AFTER_FIRST_ATTEMPTS } : job;
      await postpone(context.db, idsOf(given), { delay, error, attemptCounts, job: again });
      return { state: 'pending', retryIn: delay, error };
    }
  }
}

const idsOf = (deliveries: Attempted['deliveries']) => deliveries.map(({ id }) => id);
