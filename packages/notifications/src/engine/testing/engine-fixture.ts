import { createDb, type Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import { keepLeaseRenewed } from '@incidents/testing/fixtures/worker-pools';
import { onTestFinished } from 'vitest';
import type { Channel, ChannelName } from '../channel.ts';
import { type OutboxEngine, type OutboxEngineOptions, startOutboxEngine } from '../outbox-engine.ts';
import { scriptedChannel } from './scripted-channel.ts';

export interface TestEngine extends OutboxEngine {
  poolId: string;
  db: Db;
  /** Ends the heartbeats of its pool, like a worker that was killed or is frozen. */
  stopHeartbeats(): void;
}

let engines = 0;

/** Stops after the test. `url` may be of a proxy; `pools` stores the heartbeats. */
export async function startTestEngine(
  options: {
    url: string;
    pools: Db;
    logger: Logger;
    channels: Partial<Record<ChannelName, Channel>>;
  } & Partial<Pick<OutboxEngineOptions, 'maxAgeSeconds' | 'findChannel'>>,
): Promise<TestEngine> {
  const poolId = `pool-${++engines}`;
  const { stopRenewing: stopHeartbeats } = await keepLeaseRenewed(options.pools, poolId);
  const db = createDb({
    url: options.url,
    poolSize: 4,
    applicationName: 'incidents-engine',
    planOnce: true,
    indexesOnly: true,
    onConnectionError: () => {},
  });
  const channels = {
    email: { channel: options.channels.email ?? scriptedChannel(), recipients: [] },
    telegram: { channel: options.channels.telegram ?? scriptedChannel(), recipients: [] },
  };
  const engine = startOutboxEngine({
    db: db.kysely,
    poolId,
    channels,
    findChannel: options.findChannel ?? (({ channel }) => channels[channel].channel),
    maxAgeSeconds: options.maxAgeSeconds ?? 86_400,
    logger: options.logger,
  });
  let stopped: Promise<void> | undefined;
  const stop = (abortAfterMs: number) => {
    stopped ??= engine.stop(abortAfterMs);
    return stopped;
  };
  onTestFinished(async () => {
    await stop(0);
    await db.close();
  });
  return { wakeOutboxes: engine.wakeOutboxes, stop, poolId, db, stopHeartbeats };
}
