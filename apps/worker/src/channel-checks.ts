import { setTimeout as wait } from 'node:timers/promises';
import type { Channel, ChannelName, ConfiguredChannel } from '@incidents/notifications/engine/channel';
import type { Logger } from '@incidents/runtime/logger';

const RETRY_MS = 60_000;

/** Of a channel that writes to the log, only the transport. */
export interface ChannelState {
  transport: Channel['transport'];
  check?: 'pending' | 'ok' | 'failed';
  checked_at?: string;
  error?: string;
}

export type ChannelStates = Record<ChannelName, ChannelState>;

/**
 * Checks the servers of the channels in the background, and a failed one every minute until it succeeds.
 * The worker runs in any case: its messages wait. The result changes with each check.
 */
export function startChannelChecks(options: {
  channels: Record<ChannelName, ConfiguredChannel>;
  logger: Logger;
  signal: AbortSignal;
  retryMs?: number;
}): ChannelStates {
  const { channels, logger, signal, retryMs = RETRY_MS } = options;

  async function checkUntilItSucceeds(name: ChannelName, { transport, checkServer }: Channel) {
    while (checkServer && !signal.aborted) {
      const error = await checkServer(signal).then(() => undefined, toMessage);
      if (signal.aborted) return;
      const last = states[name];
      const checked_at = new Date().toISOString();
      states[name] = {
        transport,
        check: error === undefined ? 'ok' : 'failed',
        checked_at,
        ...(error && { error }),
      };
      if (error === undefined) {
        if (last.check === 'failed')
          logger.info({ channel: name }, 'the server of the channel accepts messages again');
        return;
      }
      if (error !== last.error) {
        logger.warn({ channel: name, error }, 'the server of the channel does not work: messages wait');
      }
      await wait(retryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  const begin = ({ channel: { transport, checkServer } }: ConfiguredChannel): ChannelState =>
    checkServer ? { transport, check: 'pending' } : { transport };
  const states: ChannelStates = { email: begin(channels.email), telegram: begin(channels.telegram) };
  void checkUntilItSucceeds('email', channels.email.channel);
  void checkUntilItSucceeds('telegram', channels.telegram.channel);
  return states;
}

const toMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
