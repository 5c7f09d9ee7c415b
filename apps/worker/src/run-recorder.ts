import type { Context } from '@incidents/core/context';
import { storableMessage } from '@incidents/core/storable-message';
import { type EndedRun, insertJobRuns } from '@incidents/db/queries/job-run/insert-job-runs';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';

/** A run that has just ended. */
export interface FinishedRun {
  jobId: number;
  task: string;
  attempt: number;
  /** What was thrown; undefined when nothing was. */
  error: unknown;
  poolId: string;
  /** What it worked on; a value that is no JSON, or too long, is not remembered. */
  payload: unknown;
  durationMs: number;
}

/** Remembers runs, a while after they were told. */
export interface RunRecorder {
  /** Costs next to nothing and never throws. */
  record(run: FinishedRun): void;
  /** Writes down what is left, once; what cannot be written is given up. Never throws. */
  close(): Promise<void>;
}

/** A run is written down at most this many milliseconds after its end, or when this many wait. */
const FLUSH_AFTER_MS = 500;
const FLUSH_AT = 200;

/** Most runs of one statement, and most that wait while the database is away. */
const MOST_AT_ONCE = 1_000;
const MOST_WAITING = 10_000;

/** Characters of the longest payload that is remembered; those of this service have a few hundred. */
const MAX_PAYLOAD_LENGTH = 4_096;

/** What JSON can say and `jsonb` cannot hold: NUL, and halves of surrogate pairs. */
const NOT_STORABLE = /\\u0000|\\u[dD][89a-fA-F]/;

/** A payload as JSON that `jsonb` takes; null for any other. */
function storablePayload(payload: unknown): string | null {
  try {
    const json = JSON.stringify(payload);
    return json === undefined || json.length > MAX_PAYLOAD_LENGTH || NOT_STORABLE.test(json) ? null : json;
  } catch {
    // It is nested too deeply, or refers to itself.
    return null;
  }
}

/** Writes runs down in batches, so that jobs wait neither for that nor for a database that is away. */
export function createRunRecorder({ db, logger }: { db: Context['db']; logger: Logger }): RunRecorder {
  let waiting: (Omit<EndedRun, 'age'> & { endedAt: number })[] = [];
  /** Since the last line about it. */
  let forgotten = 0;
  let closed = false;
  /** The database is away: the timer alone tries again. */
  let paused = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, FLUSH_AFTER_MS).unref();
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (waiting.length > 0 && !closed) later();
    });
    return writing;
  };

  /** Never rejects. */
  async function writeAll(): Promise<void> {
    paused = false;
    while (waiting.length > 0 && !paused) {
      const batch = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      const now = performance.now();
      try {
        await insertJobRuns(
          db,
          batch.map(({ endedAt, ...run }) => ({ ...run, age: now - endedAt })),
        );
      } catch (error) {
        if (isUnavailable(error)) {
          paused = true;
          waiting = [...batch, ...waiting];
          dropOldest();
        } else {
          // The same again would fail again.
          forgotten += batch.length;
          logger.error({ err: error }, 'runs of jobs cannot be remembered');
        }
      }
      tellForgotten();
    }
  }

  const dropOldest = () => {
    const tooMany = waiting.length - MOST_WAITING;
    if (tooMany <= 0) return;
    waiting = waiting.slice(tooMany);
    forgotten += tooMany;
  };

  const tellForgotten = () => {
    if (forgotten === 0) return;
    logger.warn({ runs: forgotten }, 'runs of jobs were not remembered');
    forgotten = 0;
  };

  return {
    record({ jobId, task, attempt, error, poolId, payload, durationMs }) {
      if (closed) return;
      waiting.push({
        jobId,
        task,
        attempt,
        error: error === undefined ? null : storableMessage(error),
        poolId,
        payload: storablePayload(payload),
        duration: Math.max(0, durationMs) || 0,
        endedAt: performance.now(),
      });
      // Not one by one: each time that costs all of them.
      if (waiting.length >= 2 * MOST_WAITING) dropOldest();
      if (waiting.length >= FLUSH_AT && !paused) flush();
      else later();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      // What is being written now may have begun before the last runs came; a database that is away is not waited for.
      await writing;
      if (!paused) await flush();
      forgotten += waiting.length;
      waiting = [];
      tellForgotten();
    },
  };
}
