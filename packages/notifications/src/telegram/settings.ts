import * as z from 'zod';
import { parseRecipient } from './recipient.ts';

/** `TELEGRAM_CHAT_IDS`: recipients as `parseRecipient` reads them, separated by commas → each once. */
export const TelegramChatIds = z.string().transform((value, context) => {
  const recipients = new Set(
    value
      .split(',')
      .map((recipient) => recipient.trim())
      .filter((recipient) => recipient !== ''),
  );
  for (const recipient of recipients) {
    try {
      parseRecipient(recipient);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  }
  if (recipients.size === 0) {
    context.addIssue({ code: 'custom', message: 'at least one chat is expected, separated by commas' });
  }
  return [...recipients];
});
