import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import { createEmailChannel } from './email/email-channel.ts';
import type {
  Channel,
  ChannelName,
  ChannelOf,
  ConfiguredChannel,
  ConfiguredRecipient,
} from './engine/channel.ts';
import { createLogChannel } from './log/log-channel.ts';
import { createWording, type WordingSettings } from './messages/wording.ts';
import type { TelegramLimits } from './telegram/limits.ts';
import { createTelegramChannel } from './telegram/telegram-channel.ts';

/** The recipient of a channel that has none: its messages go into the log once. */
const LOG_RECIPIENT: ConfiguredRecipient = { recipient: 'log', sources: null };

/** A Bot API call that takes longer than this many seconds has failed. */
const TELEGRAM_TIMEOUT_SECONDS = 15;

/** The settings of the channels, as the environment gives them. */
export interface ChannelSettings extends WordingSettings {
  email: { smtpUrl: string | undefined; from: string; to: ConfiguredRecipient[] };
  telegram: {
    token: string | undefined;
    chats: ConfiguredRecipient[];
    apiRoot: string;
    limits: TelegramLimits;
  };
}

/** The channels as they are configured; one that is not uses the log. */
export function configureChannels(
  settings: ChannelSettings,
  { db, logger }: { db: Db['kysely']; logger: Logger },
): {
  channels: Record<ChannelName, ConfiguredChannel>;
  channelOf: ChannelOf;
  close(): Promise<void>;
} {
  const { email, telegram } = settings;
  const wording = createWording(settings);
  const log: Record<ChannelName, Channel> = {
    email: createLogChannel('email', wording, logger),
    telegram: createLogChannel('telegram', wording, logger),
  };
  const smtp = email.smtpUrl
    ? createEmailChannel({ smtpUrl: email.smtpUrl, from: email.from, wording, logger })
    : undefined;
  const bot = telegram.token
    ? createTelegramChannel({
        token: telegram.token,
        apiRoot: telegram.apiRoot,
        limits: telegram.limits,
        timeoutSeconds: TELEGRAM_TIMEOUT_SECONDS,
        db,
        wording,
        logger,
      })
    : undefined;

  const configured = (channel: Channel, recipients: ConfiguredRecipient[]): ConfiguredChannel => ({
    channel,
    recipients: recipients.length > 0 ? recipients : [LOG_RECIPIENT],
  });
  const channels = {
    email: configured(smtp ?? log.email, email.to),
    telegram: configured(bot ?? log.telegram, telegram.chats),
  };
  return {
    channels,
    // A delivery that was planned for the log is logged, also after its channel was configured.
    channelOf: ({ channel, transport }) =>
      [log[channel], channels[channel].channel].find((candidate) => candidate.transport === transport) ??
      notConfigured(transport),
    close: async () => smtp?.close(),
  };
}

/** A delivery that another worker has planned for a channel without settings here: that worker sends it. */
function notConfigured(transport: Channel['transport']): Channel {
  const error = `${transport} is not configured on this worker`;
  const refuse = async () => ({ kind: 'retry', error }) as const;
  return {
    transport,
    mergesEvents: false,
    intervalMs: () => 0,
    send: refuse,
    fitDigest: (entries) => entries.length,
    sendDigest: refuse,
    test: async () => {
      throw new Error(error);
    },
  };
}
