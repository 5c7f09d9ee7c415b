import { createRecipientListSchema, type RecipientSyntax } from '../create-recipient-list-schema.ts';
import { parseRecipient } from './recipient.ts';

export const chat: RecipientSyntax = {
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
};

/** `TELEGRAM_CHAT_IDS`: recipients of `parseRecipient`, each with an optional filter. */
export const TelegramChatIds = createRecipientListSchema(chat);
