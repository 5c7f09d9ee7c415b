import type * as z from 'zod';

/** A kind of job: its task's name, what its payload must be, and how often it is tried. */
export interface JobDefinition<Name extends string = string, Payload extends z.ZodObject = z.ZodObject> {
  /** The task identifier in the queue. */
  name: Name;
  /** Ids only; whoever runs the job loads the rest as it is by then. */
  payload: Payload;
  /** Runs in all, the first included. Counted when a run begins, so never 1: a killed worker's job would be lost. */
  maxAttempts: number;
  /** Higher runs later; 0 unless given. */
  priority?: number;
  /** Seconds after which a run is aborted; 60 unless given. */
  timeoutSeconds?: number;
}

/** Declares a kind of job. */
export const defineJob = <const Name extends string, Payload extends z.ZodObject>(
  definition: JobDefinition<Name, Payload>,
): JobDefinition<Name, Payload> => definition;
