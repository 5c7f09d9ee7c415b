import type * as z from 'zod';

export interface JobDefinition<Name extends string = string, Payload extends z.ZodObject = z.ZodObject> {
  name: Name;
  /** Ids only: the task loads the present state. */
  payload: Payload;
  /** Counted when a run begins. With 1 the job of a killed worker would be lost. */
  maxAttempts: number;
  /** At most one job with this key waits; a later one replaces it. */
  key?: string;
  /** Higher runs later; 0 unless given. */
  priority?: number;
  /** Seconds after which a run is aborted; 60 unless given. */
  timeoutSeconds?: number;
}

export const defineJob = <const Name extends string, Payload extends z.ZodObject>(
  definition: JobDefinition<Name, Payload>,
): JobDefinition<Name, Payload> => definition;

export type JobPayload<Job extends JobDefinition> = z.output<Job['payload']>;
