const MAX_LENGTH = 2_000;

/**
 * What was thrown, in words that PostgreSQL can store: without NUL and halves of surrogate pairs, and not
 * endless.
 */
export function storableMessage(thrown: unknown): string {
  return messageOf(thrown).slice(0, MAX_LENGTH).toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something that cannot be read was thrown';
  }
}
