import type { Logger } from '@incidents/process/logger';
import type { Message } from '../messages/messages.ts';

/** The transport of a channel that nobody has configured: the whole message goes into the log. */
export function logMessage(logger: Logger, channel: 'email' | 'telegram', message: Message): void {
  logger.info(
    { channel, transport: 'log', subject: message.subject, text: message.text },
    'message rendered',
  );
}
