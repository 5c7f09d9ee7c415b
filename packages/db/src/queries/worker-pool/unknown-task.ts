export const UNKNOWN_TASK = 'no living worker knows this task';

/** Jobs per statement, which has to end within the time of a heartbeat. */
export const UNKNOWN_TASK_BATCH = 1_000;
