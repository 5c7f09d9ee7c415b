import type * as z from 'zod';
import type { JobDefinition } from './define-job.ts';

/**
 * A job as the queue takes it. The payload may lack the ids that the statement which queues it makes; the
 * worker checks the whole of it.
 */
export const jobSpec = <Payload extends z.ZodObject>(
  { name, maxAttempts, priority }: JobDefinition<string, Payload>,
  payload: Partial<z.output<Payload>>,
) => ({ identifier: name, max_attempts: maxAttempts, ...(priority !== undefined && { priority }), payload });
