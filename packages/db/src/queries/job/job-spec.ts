/** One job to queue. The statement that queues it adds the ids that it makes to the payload. */
export interface JobSpec {
  identifier: string;
  payload: Record<string, unknown>;
  max_attempts?: number;
  priority?: number;
  /** ISO 8601; now unless given. */
  run_at?: string;
  /** At most one job with the same key waits. */
  job_key?: string;
}

/** A job of an event. The statement makes its payload of the ids of the event. */
export type EventJobSpec = Pick<JobSpec, 'identifier' | 'max_attempts' | 'priority'>;
