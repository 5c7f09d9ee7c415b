import { createRecipientListSchema } from './create-recipient-list-schema.ts';
import { mailbox } from './email/settings.ts';
import { chat } from './telegram/settings.ts';

/** A mailbox never looks so: its `@` stands behind other characters. */
const CHAT = /^(?:-?\d+(?::\d+)?|@\w+)(?:\?|$)/;

/** `ESCALATE_TO`: the recipients of `MAIL_TO` and `TELEGRAM_CHAT_IDS` in one list, by channel. */
export const EscalateTo = createRecipientListSchema({
  findFilter: (entry) => (CHAT.test(entry) ? chat : mailbox).findFilter(entry),
  explainMistake: (recipient) =>
    recipient.includes('@') && !recipient.startsWith('@')
      ? mailbox.explainMistake(recipient)
      : chat.explainMistake(recipient),
  entryName: 'address or chat',
}).transform((recipients) => ({
  email: recipients.filter(({ recipient }) => !CHAT.test(recipient)),
  telegram: recipients.filter(({ recipient }) => CHAT.test(recipient)),
}));
