import type { DigestEntry } from '../engine/channel.ts';

/** The optional parts of an entry: `@shop_bot`, `Анна`, `×12`. */
export const listEntryDetails = ({
  bot,
  assignee,
  occurrences,
}: Pick<DigestEntry, 'bot' | 'assignee' | 'occurrences'>): string[] => [
  ...(bot === null ? [] : [`@${bot}`]),
  ...(assignee === null ? [] : [assignee]),
  ...(occurrences > 1 ? [`×${occurrences}`] : []),
];
