import type { Logger } from '@incidents/runtime/logger';
import type { Channel, ChannelName } from '../engine/channel.ts';
import { formatDigestText, formatIncidentText } from '../messages/plain-text.ts';
import type { Wording } from '../messages/wording.ts';

/** Creates the channel that replaces one that is not configured. It writes messages into the log. */
export const createLogChannel = (name: ChannelName, wording: Wording, logger: Logger): Channel => ({
  transport: 'log',
  mergesEvents: false,
  getIntervalMs: () => 0,
  async send(notice) {
    const { incident } = notice;
    logger.info(
      {
        channel: name,
        transport: 'log',
        incident_id: incident.id,
        delivery_id: notice.deliveryId,
        subject: wording.messages.subject(incident),
        text: formatIncidentText(notice, wording),
      },
      'message rendered',
    );
    return { kind: 'sent', providerMessageId: null };
  },
  countFittingEntries: (entries) => entries.length,
  async sendDigest({ entries }) {
    logger.info(
      { channel: name, transport: 'log', text: formatDigestText(entries, wording) },
      'message rendered',
    );
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
