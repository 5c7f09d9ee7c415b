import type { Messages } from '../messages/messages.ts';
import type { BotApi } from './bot-api.ts';
import { explainRefusal, findBotName } from './find-bot-name.ts';
import type { Recipient } from './recipient.ts';

/**
 * Ignores the limits of the chat, as a person waits. Returns the name of the bot and the id of the message.
 * @throws Error with the reason why it was not sent, in one line
 */
export async function sendTestMessage(
  api: BotApi,
  to: Recipient,
  messages: Messages,
  signal: AbortSignal,
): Promise<string> {
  const username = await findBotName(api, signal);
  const text = { text: `${messages.test.subject}\n\n${messages.test.text}` };
  let chat = to.chat;
  let sent = await api.send(to, text, signal);
  if (sent.kind === 'migrated') {
    chat = sent.chat;
    sent = await api.send({ ...to, chat }, text, signal);
  }
  if (sent.kind !== 'done') throw new Error(`sendMessage: ${explainRefusal(sent)}`);
  return `@${username}: message ${sent.messageId} in chat ${chat}`;
}
