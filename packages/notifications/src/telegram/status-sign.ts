const SIGNS = new Map([
  ['новый', '🔴'],
  ['в работе', '🟡'],
  ['закрыт', '🟢'],
]);

/** A coloured dot for a status: seen at a glance, also in a notification's first line. */
export const statusSign = (status: string): string => SIGNS.get(status) ?? '⚪';
