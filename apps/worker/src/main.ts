import { setTimeout as wait } from 'node:timers/promises';
import { createDb, type DbOptions } from '@incidents/db/client';
import { ensureSchema } from '@incidents/db/ensure-schema';
import { UnusableDatabaseError } from '@incidents/db/verify-connection';
import { configureChannels } from '@incidents/notifications/configure-channels';
import { listPublishedRecipients } from '@incidents/notifications/engine/list-published-recipients';
import { type OutboxEngine, startOutboxEngine } from '@incidents/notifications/engine/outbox-engine';
import { createPlanner } from '@incidents/notifications/engine/planner';
import { createQuietHours } from '@incidents/notifications/quiet-hours';
import { announceReady, endOnSignal } from '@incidents/runtime/lifecycle';
import { createLogger, logConsole } from '@incidents/runtime/logger';
import { EXIT_BAD_CONFIG, readOrExit } from '@incidents/runtime/read-env';
import { startChannelChecks } from './channel-checks.ts';
import { readConfig } from './config.ts';
import { cronItems } from './cron.ts';
import { escalateIncidents } from './escalate-incidents.ts';
import { serveProbes } from './probes.ts';
import { createRunRecorder } from './run-recorder.ts';
import { startRunner } from './runner.ts';
import { type Supervisor, superviseRunner } from './supervisor.ts';
import { createTasks } from './tasks/index.ts';
import { createStatisticsUpdater } from './update-statistics.ts';
import { waitForWrites } from './wait-for-writes.ts';

const NOTIFICATION_CONNECTIONS = 4;

const config = readOrExit(readConfig);
const logger = createLogger({ service: 'worker', level: config.logLevel });
logConsole(logger);
for (const warning of config.warnings) logger.warn(warning);
const onConnectionError = (error: Error) => logger.warn({ err: error }, 'a database connection broke');
const connection: DbOptions = {
  ...config.database,
  applicationName: 'incidents-worker',
  // Jobs may outnumber connections: a wait for one is no error.
  connectionTimeoutMs: 10_000,
  onConnectionError,
};
const db = createDb(connection);
const heartbeatDb = createDb({
  url: config.database.url,
  poolSize: 1,
  applicationName: 'incidents-heartbeat',
  connectionTimeoutMs: 2_000,
  statementTimeoutMs: 2_000,
  onConnectionError,
});

// Its own pool, because `indexesOnly` would slow down the runner's search for jobs.
const notificationsDb = createDb({
  ...connection,
  poolSize: NOTIFICATION_CONNECTIONS,
  applicationName: 'incidents-notifications',
  planOnce: true,
  indexesOnly: true,
});

const { channels, findChannel, close } = configureChannels(config, {
  db: notificationsDb.kysely,
  logger,
});
let engine: OutboxEngine | undefined;
const wakeOutboxes: OutboxEngine['wakeOutboxes'] = (channel, outboxes) =>
  engine?.wakeOutboxes(channel, outboxes);
const tasks = createTasks({
  db: db.kysely,
  logger,
  channels,
  planEvent: createPlanner({
    db: notificationsDb.kysely,
    channels,
    storm: config.storm,
    quietHours: createQuietHours(config.quietHours, config.timeZone),
    onWoken: wakeOutboxes,
  }),
  wakeOutboxes,
  updateStatistics: createStatisticsUpdater(notificationsDb.kysely),
  retentionDays: config.retentionDays,
});

const recorder = createRunRecorder({ db: db.kysely, logger });

const stopping = new AbortController();
const channelStates = startChannelChecks({ channels, logger, signal: stopping.signal });
let supervisor: Supervisor | undefined;

endOnSignal({
  logger,
  deadlineMs: config.shutdownTimeoutMs,
  async shutdown() {
    stopping.abort();
    // The last second is for releasing unfinished jobs and closing connections.
    await supervisor?.stop(config.shutdownTimeoutMs - 1_000);
    // Records of the last jobs and returned send slots may not delay the shutdown for longer.
    await Promise.race([Promise.all([recorder.close(), close()]), wait(500)]);
  },
});

if (config.probes.port > 0) {
  try {
    await serveProbes(
      config.probes,
      () => supervisor?.getHeartbeatAgeMs(),
      () => channelStates,
    );
  } catch (error) {
    const { host, port } = config.probes;
    logger.fatal(`cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : error}`);
    process.exit(EXIT_BAD_CONFIG);
  }
}
try {
  await ensureSchema({ directUrl: config.database.url, connection, use: 'session' }, logger, stopping.signal);
} catch (error) {
  if (!(error instanceof UnusableDatabaseError)) throw error;
  logger.fatal(error.message);
  process.exit(EXIT_BAD_CONFIG);
}
if (!stopping.signal.aborted) {
  supervisor = superviseRunner(async (signal) => {
    await waitForWrites(db, logger, signal);
    return startRunner({
      db,
      heartbeatDb,
      tasks,
      concurrency: config.concurrency,
      abortAfterMs: config.shutdownTimeoutMs / 2,
      cronItems,
      recipients: listPublishedRecipients(channels),
      startEngine: (poolId) => {
        engine = startOutboxEngine({
          db: notificationsDb.kysely,
          poolId,
          channels,
          findChannel,
          maxAgeSeconds: config.maxAgeSeconds,
          logger,
        });
        return engine;
      },
      logger,
      onRun: recorder.record,
    });
  }, logger);
  escalateIncidents(
    { db: notificationsDb.kysely, escalateAfterSeconds: config.escalateAfterSeconds, logger },
    stopping.signal,
  );
  await supervisor.started;
  announceReady();
}
