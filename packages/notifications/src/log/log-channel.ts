import type { Logger } from '@incidents/runtime/logger';
import type { Channel, ChannelName } from '../engine/channel.ts';
import { plainDigest, plainText } from '../messages/plain-text.ts';
import type { Wording } from '../messages/wording.ts';

/** The channel that stands in for one without configuration: the whole message goes into the log. */
export const createLogChannel = (name: ChannelName, wording: Wording, logger: Logger): Channel => ({
  transport: 'log',
  mergesEvents: false,
  intervalMs: () => 0,
  async send(notice) {
    const { incident } = notice;
    logger.info(
      {
        channel: name,
        transport: 'log',
        incident_id: incident.id,
        delivery_id: notice.deliveryId,
        subject: wording.messages.subject(incident),
        text: plainText(notice, wording),
      },
      'message rendered',
    );
    return { kind: 'sent', providerMessageId: null };
  },
  countFittingEntries: (entries) => entries.length,
  async sendDigest({ entries }) {
    logger.info({ channel: name, transport: 'log', text: plainDigest(entries, wording) }, 'message rendered');
    return { kind: 'sent', providerMessageId: null };
  },
  async sendTest(recipient) {
    logger.info(
      {
        channel: name,
        transport: 'log',
        recipient,
        subject: wording.messages.test.subject,
        text: wording.messages.test.text,
      },
      'message rendered',
    );
    return 'not configured: the message is in the log';
  },
});
