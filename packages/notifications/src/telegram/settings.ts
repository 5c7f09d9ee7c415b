import { recipientList } from '../recipient-list.ts';
import { parseRecipient } from './recipient.ts';

/** `TELEGRAM_CHAT_IDS`: what `parseRecipient` reads, each with an optional filter as `recipientList` reads it. */
export const TelegramChatIds = recipientList({
  filterAt: (entry) => entry.indexOf('?'),
  findMistake(recipient) {
    try {
      parseRecipient(recipient);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
  one: 'chat',
});
