import type { Channel, ChannelName } from '@incidents/core/delivery/channel';
import type { Logger } from '@incidents/process/logger';
import type { Messages } from '../messages/messages.ts';
import { plainDigest, plainText } from '../messages/plain-text.ts';

/** What a channel that nobody has configured uses: the whole message goes into the log. */
export const createLogChannel = (name: ChannelName, messages: Messages, logger: Logger): Channel => ({
  transport: 'log',
  async send(notice) {
    const { incident } = notice;
    logger.info(
      {
        channel: name,
        transport: 'log',
        incident_id: incident.id,
        delivery_id: notice.deliveryId,
        subject: messages.subject(incident),
        text: plainText(notice, messages),
      },
      'message rendered',
    );
    return { kind: 'sent', providerMessageId: null };
  },
  fitDigest: (entries) => entries.length,
  async sendDigest({ entries }) {
    logger.info(
      { channel: name, transport: 'log', text: plainDigest(entries, messages) },
      'message rendered',
    );
    return { kind: 'sent', providerMessageId: null };
  },
});
