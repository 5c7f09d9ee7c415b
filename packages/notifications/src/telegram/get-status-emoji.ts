const EMOJI = new Map([
  ['новый', '🔴'],
  ['в работе', '🟡'],
  ['закрыт', '🟢'],
]);

/** A coloured dot for a status; white for an unknown one. */
export const getStatusEmoji = (status: string): string => EMOJI.get(status) ?? '⚪';
