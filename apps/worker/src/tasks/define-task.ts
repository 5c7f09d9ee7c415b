import type { Context } from '@incidents/core/context';
import type { IncidentPayload } from '@incidents/jobs/catalog';
import type { JobDefinition } from '@incidents/jobs/define-job';
import type { Logger } from '@incidents/process/logger';
import type { Task } from 'graphile-worker';
import type * as z from 'zod';
import type { Messages } from '../messages/messages.ts';
import { storableError } from './storable-error.ts';

/** What tasks work with; made in `main.ts`, or by a test. */
export interface Dependencies {
  db: Context['db'];
  logger: Logger;
  messages: Messages;
}

/** What one run of a task works with. */
export interface Run {
  context: Context;
  /** Names the job and the request that caused it in every line. */
  logger: Logger;
  messages: Messages;
}

/**
 * A task: does the work of one kind of job. It may be run again at any time, also after it was done:
 * it loads the state of things, and does nothing where nothing is left to do.
 */
export const defineTask =
  <Payload extends z.ZodObject>(
    job: JobDefinition<string, Payload>,
    work: (payload: z.output<Payload>, run: Run) => Promise<void>,
  ) =>
  (dependencies: Dependencies): Task =>
  async (rawPayload, { job: { id, attempts, max_attempts } }) => {
    const begun = performance.now();
    const { request_id, incident_id } = (rawPayload ?? {}) as Partial<IncidentPayload>;
    const logger = dependencies.logger.child({
      task: job.name,
      job_id: id,
      incident_id,
      attempt: attempts,
      request_id,
    });
    logger.info('job started');
    try {
      const payload = job.payload.parse(rawPayload);
      const context = { db: dependencies.db, requestId: request_id ?? '' };
      await work(payload, { context, logger, messages: dependencies.messages });
    } catch (error) {
      const last = attempts >= max_attempts;
      logger[last ? 'error' : 'warn'](
        { err: error, duration_ms: elapsed(begun) },
        last ? 'job failed for good' : 'job failed and will be tried again',
      );
      throw storableError(error);
    }
    logger.info({ duration_ms: elapsed(begun) }, 'job done');
  };

const elapsed = (begun: number) => Math.round((performance.now() - begun) * 10) / 10;
