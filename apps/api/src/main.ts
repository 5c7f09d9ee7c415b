import { setTimeout as wait } from 'node:timers/promises';
import { createIncidentWriter } from '@incidents/core/incident/incident-writer';
import { createDb, type DbOptions } from '@incidents/db/client';
import { ensureSchema } from '@incidents/db/ensure-schema';
import { UnusableDatabaseError } from '@incidents/db/verify-connection';
import { announceReady, endOnSignal } from '@incidents/runtime/lifecycle';
import { createLogger, logConsole } from '@incidents/runtime/logger';
import { EXIT_BAD_CONFIG, readOrExit } from '@incidents/runtime/read-env';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createAdmission, QUEUE_LIMITS } from './http/admission.ts';
import { keyAuthentication } from './http/key-authentication.ts';
import { isLoopback, openAccess } from './http/open-access.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { createReplyStreams } from './http/reply-streams.ts';
import { locales } from './locale/locales.ts';
import { connectRedis } from './redis.ts';
import { closeServer, createHttpServer, listen } from './server.ts';
import { createSharedReads } from './shared-reads.ts';

const config = readOrExit(readConfig);
const logger = createLogger({ service: 'api', level: config.logLevel });
logConsole(logger);
const connection: DbOptions = {
  ...config.database,
  applicationName: 'incidents-api',
  // Whoever asks hears within three seconds that the database stands still.
  connectionTimeout: 2_200,
  statementTimeout: 2_000,
  planOnce: true,
  onConnectionError: (error) => logger.warn({ err: error }, 'a database connection broke'),
};
const db = createDb(connection);
const redis = config.redisUrl === undefined ? undefined : connectRedis(config.redisUrl, { logger });
if (redis === undefined) logger.info('no REDIS_URL: each process limits for itself');
const stopping = new AbortController();
const app = createApp({
  db: db.kysely,
  incidentWriter: createIncidentWriter(db.kysely),
  logger,
  locale: locales[config.locale],
  isStopping: () => stopping.signal.aborted,
  authentication: config.keys
    ? keyAuthentication(db.kysely, config.keys.admin)
    : openAccess(config.corsOrigins),
  admission: createAdmission({ ...QUEUE_LIMITS, most: config.mostInFlight }),
  corsOrigins: config.corsOrigins,
  rateLimits: createRateLimits({ redis, ...config.rateLimits }),
  trustedProxyHops: config.trustedProxyHops,
  shareRead: createSharedReads(),
  replyStreams: createReplyStreams({ logger }),
});
const server = createHttpServer(app, { logger, locale: locales[config.locale] });

endOnSignal({
  logger,
  deadline: config.shutdownDelay + config.shutdownTimeout,
  async shutdown() {
    // Not ready from now on; whoever balances the load takes a moment to notice, and is served meanwhile.
    stopping.abort();
    await wait(config.shutdownDelay);
    // The rest of the time is for closing the pool.
    await closeServer(server, config.shutdownTimeout * 0.8);
    redis?.close();
    await db.close();
  },
});

try {
  await listen(server, config.listen);
} catch (error) {
  const { host, port } = config.listen;
  logger.fatal(`cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : error}`);
  process.exit(EXIT_BAD_CONFIG);
}
logger.info(config.listen, 'listening');
if (!config.keys) {
  const who = isLoopback(config.listen.host) ? 'whoever is on this machine' : 'whoever reaches this port';
  logger.warn(`AUTH=off: ${who} may do everything`);
}
// Listening first: whoever asks meanwhile hears "not ready" instead of nothing.
try {
  await ensureSchema(
    { directUrl: config.directUrl, connection, use: 'transactions' },
    logger,
    stopping.signal,
  );
} catch (error) {
  if (!(error instanceof UnusableDatabaseError)) throw error;
  logger.fatal(error.message);
  process.exit(EXIT_BAD_CONFIG);
}
announceReady();
