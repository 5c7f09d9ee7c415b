import type { Context } from '@incidents/core/context';
import { storableMessage } from '@incidents/core/storable-message';
import { insertJobRuns, type NewJobRun } from '@incidents/db/queries/job-run/insert-job-runs';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';

export interface FinishedRun {
  jobId: number;
  task: string;
  attempt: number;
  error: unknown;
  poolId: string;
  /** A value that is no JSON, or too long, is not recorded. */
  payload: unknown;
  durationMs: number;
}

export interface RunRecorder {
  /** Never throws. */
  record(run: FinishedRun): void;
  /** Writes the waiting runs once and drops the rest. Never throws. */
  close(): Promise<void>;
}

const MAX_WAITING_MS = 500;
const MIN_RUNS_TO_FLUSH = 200;

const MAX_RUNS_PER_STATEMENT = 1_000;
const MAX_WAITING_RUNS = 10_000;

/** Characters; the payloads of this service have a few hundred. */
const MAX_PAYLOAD_LENGTH = 4_096;

/** Valid in JSON, but not in `jsonb`: NUL and halves of surrogate pairs. */
const NOT_STORABLE = /\\u0000|\\u[dD][89a-fA-F]/;

function storablePayload(payload: unknown): string | null {
  try {
    const json = JSON.stringify(payload);
    return json === undefined || json.length > MAX_PAYLOAD_LENGTH || NOT_STORABLE.test(json) ? null : json;
  } catch {
    // Nested too deeply, or circular.
    return null;
  }
}

/** Records runs in batches: no job waits for the statement or for an unavailable database. */
export function createRunRecorder({ db, logger }: { db: Context['db']; logger: Logger }): RunRecorder {
  let waiting: (Omit<NewJobRun, 'ageMs'> & { endedAt: number })[] = [];
  let droppedRuns = 0;
  let isClosed = false;
  /** While the database is unavailable only the timer retries. */
  let isPaused = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  const flushLater = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, MAX_WAITING_MS).unref();
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (waiting.length > 0 && !isClosed) flushLater();
    });
    return writing;
  };

  async function writeAll(): Promise<void> {
    isPaused = false;
    while (waiting.length > 0 && !isPaused) {
      const batch = waiting.slice(0, MAX_RUNS_PER_STATEMENT);
      waiting = waiting.slice(MAX_RUNS_PER_STATEMENT);
      const now = performance.now();
      try {
        await insertJobRuns(
          db,
          batch.map(({ endedAt, ...run }) => ({ ...run, ageMs: now - endedAt })),
        );
      } catch (error) {
        if (isUnavailable(error)) {
          isPaused = true;
          waiting = [...batch, ...waiting];
          dropOldest();
        } else {
          droppedRuns += batch.length;
          logger.error({ err: error }, 'runs of jobs could not be recorded');
        }
      }
      logDropped();
    }
  }

  const dropOldest = () => {
    const tooMany = waiting.length - MAX_WAITING_RUNS;
    if (tooMany <= 0) return;
    waiting = waiting.slice(tooMany);
    droppedRuns += tooMany;
  };

  const logDropped = () => {
    if (droppedRuns === 0) return;
    logger.warn({ runs: droppedRuns }, 'runs of jobs were not recorded');
    droppedRuns = 0;
  };

  return {
    record({ jobId, task, attempt, error, poolId, payload, durationMs }) {
      if (isClosed) return;
      waiting.push({
        jobId,
        task,
        attempt,
        error: error === undefined ? null : storableMessage(error),
        poolId,
        payload: storablePayload(payload),
        durationMs: Math.max(0, durationMs) || 0,
        endedAt: performance.now(),
      });
      // Dropping copies the list, so it is not done at each run.
      if (waiting.length >= 2 * MAX_WAITING_RUNS) dropOldest();
      if (waiting.length >= MIN_RUNS_TO_FLUSH && !isPaused) flush();
      else flushLater();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      // The statement under way may lack the last runs. `close` does not wait for an unavailable database.
      await writing;
      if (!isPaused) await flush();
      droppedRuns += waiting.length;
      waiting = [];
      logDropped();
    },
  };
}
