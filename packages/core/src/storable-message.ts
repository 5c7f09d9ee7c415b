const MAX_LENGTH = 2_000;

/** The message without NUL and halves of surrogate pairs, which PostgreSQL can't store; cut when long. */
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
