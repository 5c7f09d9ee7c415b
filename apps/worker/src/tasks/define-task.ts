import type { Context } from '@incidents/core/context';
import type { ChannelName, ConfiguredChannel } from '@incidents/core/delivery/channel';
import type { ChannelOf } from '@incidents/core/delivery/deliver';
import type { StormPolicy } from '@incidents/core/delivery/plan-deliveries';
import { storableMessage } from '@incidents/core/storable-message';
import { isUnavailable, UNANSWERED } from '@incidents/db/unavailable';
import type { JobDefinition } from '@incidents/jobs/define-job';
import type { Logger } from '@incidents/process/logger';
import type { Task } from 'graphile-worker';
import type * as z from 'zod';
import { withinTime } from './within-time.ts';

/** What tasks work with; made in `main.ts`, or by a test. */
export interface Dependencies {
  db: Context['db'];
  logger: Logger;
  channels: Record<ChannelName, ConfiguredChannel>;
  /** The channel that a delivery leaves by. */
  channelOf: ChannelOf;
  storm: StormPolicy;
  /** How long a delivery is tried. */
  maxAgeSeconds: number;
}

/** What one run of a task works with. */
export interface Run extends Dependencies {
  context: Context;
  /** Names the job and the request that caused it in every line. */
  logger: Logger;
  /** The worker pool that runs it: what begins to send has to prove that it is alive. */
  poolId: string;
  /** Aborted when the job should come to its end. */
  signal: AbortSignal;
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
  async (rawPayload, { job: { id, attempts, max_attempts, locked_by }, abortSignal }) => {
    const begun = performance.now();
    const { request_id, incident_id } = (rawPayload ?? {}) as { request_id?: string; incident_id?: number };
    const poolId = locked_by ?? '';
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
      const context = { db: dependencies.db, actor: 'worker', requestId: request_id ?? '' };
      await withinTime(job.timeoutSeconds ?? 60, abortSignal, (signal) =>
        work(payload, { ...dependencies, context, logger, poolId, signal }),
      );
    } catch (error) {
      const last = attempts >= max_attempts;
      logger[last ? 'error' : 'warn'](
        { err: error, duration_ms: elapsed(begun) },
        last ? 'job failed for good' : 'job failed and will be tried again',
      );
      // The queue stores the message; one with a NUL in it would end the worker instead.
      throw new Error(`${isUnavailable(error) ? UNANSWERED : ''}${storableMessage(error)}`);
    }
    logger.info({ duration_ms: elapsed(begun) }, 'job done');
  };

const elapsed = (begun: number) => Math.round((performance.now() - begun) * 10) / 10;
