import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import { createEmailChannel } from './email/email-channel.ts';
import type {
  Channel,
  ChannelName,
  ConfiguredChannel,
  ConfiguredRecipient,
  FindChannel,
} from './engine/channel.ts';
import { createLogChannel } from './log/log-channel.ts';
import { createWording, type WordingSettings } from './messages/wording.ts';
import type { TelegramLimits } from './telegram/limits.ts';
import { createTelegramChannel } from './telegram/telegram-channel.ts';

const LOG_RECIPIENT: ConfiguredRecipient = { recipient: 'log', sources: null };

const TELEGRAM_TIMEOUT_SECONDS = 15;

export interface ChannelSettings extends WordingSettings {
  email: { smtpUrl: string | undefined; from: string; to: ConfiguredRecipient[] };
  telegram: {
    token: string | undefined;
    chats: ConfiguredRecipient[];
    apiRoot: string;
    limits: TelegramLimits;
  };
}

/** Creates the channels. One that is not configured writes its messages into the log. */
export function configureChannels(
  settings: ChannelSettings,
  { db, logger }: { db: Db['kysely']; logger: Logger },
): {
  channels: Record<ChannelName, ConfiguredChannel>;
  findChannel: FindChannel;
  close(): Promise<void>;
} {
  const { email, telegram } = settings;
  const wording = createWording(settings);
  const logChannels: Record<ChannelName, Channel> = {
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

  const withRecipients = (channel: Channel, recipients: ConfiguredRecipient[]): ConfiguredChannel => ({
    channel,
    recipients: recipients.some(({ onlyEscalations }) => !onlyEscalations)
      ? recipients
      : [LOG_RECIPIENT, ...recipients],
  });
  const channels = {
    email: withRecipients(smtp ?? logChannels.email, email.to),
    telegram: withRecipients(bot ?? logChannels.telegram, telegram.chats),
  };
  return {
    channels,
    // A delivery that was planned for the log goes there also after its channel was configured.
    findChannel: ({ channel, transport }) =>
      [logChannels[channel], channels[channel].channel].find(
        (candidate) => candidate.transport === transport,
      ) ?? createUnconfiguredChannel(transport),
    async close() {
      await Promise.all([smtp?.close(), bot?.close()]);
    },
  };
}

function createUnconfiguredChannel(transport: Channel['transport']): Channel {
  const error = `${transport} is not configured on this worker`;
  const retryLater = async () => ({ kind: 'retry', error }) as const;
  return {
    transport,
    mergesEvents: false,
    getIntervalMs: () => 0,
    send: retryLater,
    countFittingEntries: (entries) => entries.length,
    sendDigest: retryLater,
    sendTest: async () => {
      throw new Error(error);
    },
  };
}
