import type { DigestEntry } from '../engine/channel.ts';

/** The parts of a digest's line that not every incident has: `@shop_bot`, `Анна`, `×12`. */
export const listEntryDetails = ({
  bot,
  assignee,
  occurrences,
}: Pick<DigestEntry, 'bot' | 'assignee' | 'occurrences'>): string[] => [
  ...(bot === null ? [] : [`@${bot}`]),
  ...(assignee === null ? [] : [assignee]),
  ...(occurrences > 1 ? [`×${occurrences}`] : []),
];
