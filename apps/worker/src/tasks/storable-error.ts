const MAX_LENGTH = 2_000;

/**
 * What a task threw as an error whose message PostgreSQL can store: the queue writes it into the job's row,
 * and a NUL or half a surrogate pair in it would end the worker instead.
 */
export function storableError(thrown: unknown): Error {
  return new Error(messageOf(thrown).slice(0, MAX_LENGTH).toWellFormed().replaceAll('\u0000', '\uFFFD'));
}

function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something that cannot be read was thrown';
  }
}
