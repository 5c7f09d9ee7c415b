import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { createIncidentReader } from '@incidents/core/incident/incident-reader';
import { createIncidentWriter } from '@incidents/core/incident/incident-writer';
import { createDb, type DbOptions } from '@incidents/db/client';
import { ensureSchema } from '@incidents/db/ensure-schema';
import { UnusableDatabaseError } from '@incidents/db/verify-connection';
import { announceReady, endOnSignal } from '@incidents/runtime/lifecycle';
import { createLogger, logConsole } from '@incidents/runtime/logger';
import { EXIT_BAD_CONFIG, readOrExit } from '@incidents/runtime/read-env';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createEventStreams } from './event-streams/event-streams.ts';
import { createConcurrencyLimiter, QUEUE_LIMITS } from './http/concurrency-limiter.ts';
import { createKeyAuthentication } from './http/key-authentication.ts';
import { createOpenAccess, isLoopback } from './http/open-access.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { createReplyStreams } from './http/reply-streams.ts';
import { locales } from './locale/locales.ts';
import { connectRedis } from './redis.ts';
import { closeServer, createHttpServer, listen } from './server.ts';
import { createSharedReads } from './shared-reads.ts';

// The old generation doubles at most between full garbage collections, instead of growing fourfold (docs/performance.md).
setFlagsFromString('--heap-growing-percent=100');

const config = readOrExit(readConfig);
const logger = createLogger({ service: 'api', level: config.logLevel });
logConsole(logger);
for (const warning of config.warnings) logger.warn(warning);
const connection: DbOptions = {
  ...config.database,
  applicationName: 'incidents-api',
  // Clients hear of a stalled database within three seconds.
  connectionTimeoutMs: 2_200,
  statementTimeoutMs: 2_000,
  planOnce: true,
  onConnectionError: (error) => logger.warn({ err: error }, 'a database connection broke'),
};
const db = createDb(connection);
const redis = config.redisUrl === undefined ? undefined : connectRedis(config.redisUrl, { logger });
if (redis === undefined) logger.info('no REDIS_URL: each process limits for itself');
const stopping = new AbortController();
const eventStreams = createEventStreams({ db: db.kysely, logger });
const app = createApp({
  db: db.kysely,
  incidentReader: createIncidentReader(db.kysely),
  incidentWriter: createIncidentWriter(db.kysely, config.notificationPolicy),
  logger,
  locale: locales[config.locale],
  isStopping: () => stopping.signal.aborted,
  authentication: config.keys
    ? createKeyAuthentication(db.kysely, config.keys.admin)
    : createOpenAccess(config.corsOrigins),
  concurrencyLimiter: createConcurrencyLimiter({ ...QUEUE_LIMITS, maxInFlight: config.maxInFlight }),
  corsOrigins: config.corsOrigins,
  rateLimits: createRateLimits({ redis, ...config.rateLimits }),
  trustedProxyHops: config.trustedProxyHops,
  shareRead: createSharedReads(),
  replyStreams: createReplyStreams({ logger }),
  eventStreams,
});
const server = createHttpServer(app, { logger, locale: locales[config.locale] });

endOnSignal({
  logger,
  deadlineMs: config.shutdownDelayMs + config.shutdownTimeoutMs,
  async shutdown() {
    // Load balancers need a moment to see that the process is not ready; it serves their requests meanwhile.
    stopping.abort();
    await wait(config.shutdownDelayMs);
    eventStreams.close();
    // The rest of the time is for the connection pool.
    await closeServer(server, config.shutdownTimeoutMs * 0.8);
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
  const clients = isLoopback(config.listen.host)
    ? 'every program of this machine'
    : 'every client that reaches this port';
  logger.warn(`AUTH=off: ${clients} has full access`);
}
// Listening first: meanwhile probes get "not ready" instead of no answer.
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
