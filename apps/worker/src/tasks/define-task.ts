import type { Context } from '@incidents/core/context';
import { storableMessage } from '@incidents/core/storable-message';
import type { JobDefinition } from '@incidents/jobs/define-job';
import type { ChannelName, ConfiguredChannel } from '@incidents/notifications/engine/channel';
import type { OutboxEngine } from '@incidents/notifications/engine/outbox-engine';
import type { PlanEvent } from '@incidents/notifications/engine/planner';
import type { Logger } from '@incidents/runtime/logger';
import type { Task } from 'graphile-worker';
import type * as z from 'zod';
import type { createStatisticsUpdater } from '../update-statistics.ts';
import { awaitWithTimeout } from './await-with-timeout.ts';

export interface Dependencies {
  db: Context['db'];
  logger: Logger;
  channels: Record<ChannelName, ConfiguredChannel>;
  planEvent: PlanEvent;
  wakeOutboxes: OutboxEngine['wakeOutboxes'];
  /** Brings the statistics up to date; jobs that run at the same moment share one update. */
  updateStatistics: ReturnType<typeof createStatisticsUpdater>;
  /** Days until a closed incident is deleted; 0: never. */
  retentionDays: number;
}

export interface TaskContext extends Dependencies {
  context: Context;
  signal: AbortSignal;
}

/** A job may run again after it was done. So its task loads the present state, and skips work that is done. */
export const defineTask =
  <Payload extends z.ZodObject>(
    job: JobDefinition<string, Payload>,
    work: (payload: z.output<Payload>, taskContext: TaskContext) => Promise<void>,
  ) =>
  (dependencies: Dependencies): Task =>
  async (rawPayload, { job: { id, attempts, max_attempts }, abortSignal }) => {
    const begun = performance.now();
    const { request_id, incident_id } = (rawPayload ?? {}) as { request_id?: string; incident_id?: number };
    const { logger } = dependencies;
    // A child logger per job costs more than the two lines.
    const fields = { task: job.name, job_id: id, incident_id, attempt: attempts, request_id };
    logger.info(fields, 'job started');
    try {
      const payload = job.payload.parse(rawPayload);
      const context = { db: dependencies.db, actor: 'worker' as const, requestId: request_id ?? '' };
      const signal = abortSignal;
      await awaitWithTimeout(job.timeoutSeconds ?? 60, work(payload, { ...dependencies, context, signal }));
    } catch (error) {
      const last = attempts >= max_attempts;
      logger[last ? 'error' : 'warn'](
        { ...fields, err: error, duration_ms: measureElapsedMs(begun) },
        last ? 'job failed for good' : 'job failed and will be tried again',
      );
      // The queue stores the message. A NUL in it would end the worker.
      throw new Error(storableMessage(error));
    }
    logger.info({ ...fields, duration_ms: measureElapsedMs(begun) }, 'job done');
  };

const measureElapsedMs = (begun: number) => Math.round((performance.now() - begun) * 10) / 10;
