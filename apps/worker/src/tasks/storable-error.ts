const MAX_LENGTH = 2_000;

/**
 * What a task threw as an error whose message PostgreSQL can store: the queue writes it into the job's row,
 * and a NUL or half a surrogate pair in it would end the worker instead.
 */
export function storableError(thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Error(message.slice(0, MAX_LENGTH).toWellFormed().replaceAll('\u0000', '\uFFFD'));
}
