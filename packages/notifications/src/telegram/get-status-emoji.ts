const EMOJI = new Map([
  ['новый', '🔴'],
  ['в работе', '🟡'],
  ['закрыт', '🟢'],
]);

export const getStatusEmoji = (status: string): string => EMOJI.get(status) ?? '⚪';
