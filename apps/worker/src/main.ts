import { createDb } from '@incidents/db/client';
import { ensureSchema } from '@incidents/process/ensure-schema';
import { announceReady, endOnSignal } from '@incidents/process/lifecycle';
import { createLogger } from '@incidents/process/logger';
import { readOrExit } from '@incidents/process/read-env';
import { configureChannels } from './channels/configure.ts';
import { readConfig } from './config.ts';
import { messagesOf } from './messages/messages-of.ts';
import { type Runner, startRunner } from './runner.ts';
import { createTasks } from './tasks/index.ts';

const config = readOrExit(readConfig);
const logger = createLogger({ service: 'worker', level: config.logLevel });
const db = createDb({
  ...config.database,
  applicationName: 'incidents-worker',
  // Fifty jobs that share twenty connections wait for one another, and that is not an error.
  connectionTimeout: 10_000,
  onConnectionError: (error) => logger.warn({ err: error }, 'a database connection broke'),
});

const outlets = configureChannels(config, { db: db.kysely, messages: messagesOf[config.locale], logger });

const stopping = new AbortController();
let runner: Runner | undefined;

endOnSignal({
  logger,
  deadline: config.shutdownTimeout,
  async shutdown() {
    stopping.abort();
    // A second is left for releasing what did not end and closing the connections.
    await runner?.stop(config.shutdownTimeout - 1_000);
    await outlets.close();
  },
});

await ensureSchema(config.database.url, logger, stopping.signal);
if (!stopping.signal.aborted) {
  runner = await startRunner({
    pool: db.pool,
    tasks: createTasks({
      db: db.kysely,
      logger,
      channels: outlets.channels,
      channelOf: outlets.channelOf,
      storm: config.storm,
      maxAgeSeconds: config.maxAgeSeconds,
    }),
    concurrency: config.concurrency,
    logger,
  });
  logger.info({ concurrency: config.concurrency }, 'taking jobs');
  announceReady();
  runner.ended
    .then(
      () => {},
      (error) => logger.error({ err: error }, 'the queue runner failed'),
    )
    .then(() => {
      // Whoever watches this process starts a new one, with new connections.
      if (!stopping.signal.aborted) process.exit(1);
    });
}
