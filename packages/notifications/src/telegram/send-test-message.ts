import type { Messages } from '../messages/messages.ts';
import type { BotApi, Reply } from './bot-api.ts';
import type { Recipient } from './recipient.ts';

/**
 * Asks the Bot API for the bot and sends a test message to one chat. It passes over the limits of the chat: it is one
 * message, and a person waits for it.
 * @returns the bot, and the number of the message
 * @throws Error with the reason why it was not sent, in one line
 */
export async function sendTestMessage(
  api: BotApi,
  to: Recipient,
  messages: Messages,
  signal: AbortSignal,
): Promise<string> {
  const me = await api.getMe(signal);
  if (me.kind !== 'done') throw new Error(`getMe: ${reasonOf(me)}`);
  const text = { text: `${messages.test.subject}\n\n${messages.test.text}` };
  let chat = to.chat;
  let sent = await api.send(to, text, signal);
  if (sent.kind === 'migrated') {
    chat = sent.chat;
    sent = await api.send({ ...to, chat }, text, signal);
  }
  if (sent.kind !== 'done') throw new Error(`sendMessage: ${reasonOf(sent)}`);
  return `@${me.username}: message ${sent.messageId} in chat ${chat}`;
}

const reasonOf = (refusal: Exclude<Reply, { kind: 'done' }>): string =>
  'error' in refusal ? refusal.error : refusal.kind;
