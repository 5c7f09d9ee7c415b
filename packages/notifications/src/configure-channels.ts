import type { Context } from '@incidents/core/context';
import type { Channel, ChannelName, ConfiguredChannel } from '@incidents/core/delivery/channel';
import type { ChannelOf } from '@incidents/core/delivery/deliver';
import type { Logger } from '@incidents/process/logger';
import { createEmailChannel } from './email/email-channel.ts';
import { createLogChannel } from './log/log-channel.ts';
import type { Messages } from './messages/messages.ts';
import type { TelegramLimits } from './telegram/limits.ts';
import { createTelegramChannel } from './telegram/telegram-channel.ts';

/** The recipient of a channel that has none: its messages go into the log once. */
const NOBODY = ['log'];

/** A Bot API call that takes longer than this many seconds has failed. */
const TELEGRAM_TIMEOUT_SECONDS = 15;

/** The settings of the channels, as the environment gives them. */
export interface ChannelSettings {
  email: { smtpUrl: string | undefined; from: string; to: string[] };
  telegram: {
    token: string | undefined;
    chats: string[];
    apiRoot: string;
    limits: TelegramLimits;
  };
}

/** The channels as they are configured; one that is not uses the log. */
export function configureChannels(
  settings: ChannelSettings,
  { db, messages, logger }: { db: Context['db']; messages: Messages; logger: Logger },
): {
  channels: Record<ChannelName, ConfiguredChannel>;
  channelOf: ChannelOf;
  close(): Promise<void>;
} {
  const { email, telegram } = settings;
  const log: Record<ChannelName, Channel> = {
    email: createLogChannel('email', messages, logger),
    telegram: createLogChannel('telegram', messages, logger),
  };
  const smtp = email.smtpUrl
    ? createEmailChannel({ smtpUrl: email.smtpUrl, from: email.from, messages, logger })
    : undefined;
  const bot = telegram.token
    ? createTelegramChannel({
        token: telegram.token,
        apiRoot: telegram.apiRoot,
        limits: telegram.limits,
        timeoutSeconds: TELEGRAM_TIMEOUT_SECONDS,
        db,
        messages,
        logger,
      })
    : undefined;

  const configured = (channel: Channel, recipients: string[]): ConfiguredChannel => ({
    channel,
    recipients: recipients.length > 0 ? recipients : NOBODY,
  });
  const channels = {
    email: configured(smtp ?? log.email, email.to),
    telegram: configured(bot ?? log.telegram, telegram.chats),
  };
  return {
    channels,
    // What was planned for the log stays there, whatever has been configured since: its recipient may be nobody.
    channelOf: ({ channel, transport }) =>
      [log[channel], channels[channel].channel].find((candidate) => candidate.transport === transport) ??
      notConfigured(transport),
    close: async () => smtp?.close(),
  };
}

/** What was planned where the channel is configured has to be sent there: here nobody pretends to have sent it. */
function notConfigured(transport: Channel['transport']): Channel {
  const refuse = async () =>
    ({ kind: 'retry', error: `${transport} is not configured on this worker` }) as const;
  return { transport, send: refuse, fitDigest: (entries) => entries.length, sendDigest: refuse };
}
