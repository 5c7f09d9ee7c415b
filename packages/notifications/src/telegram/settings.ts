import { createRecipientListSchema } from '../create-recipient-list-schema.ts';
import { parseRecipient } from './recipient.ts';

/** `TELEGRAM_CHAT_IDS`: recipients of `parseRecipient`, each with an optional filter. */
export const TelegramChatIds = createRecipientListSchema({
  findFilter: (entry) => entry.indexOf('?'),
  explainMistake(recipient) {
    try {
      parseRecipient(recipient);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
  entryName: 'chat',
});
