import { createIncidentReader } from '@incidents/core/incident/incident-reader';
import { createIncidentWriter } from '@incidents/core/incident/incident-writer';
import { createDb, type Db } from '@incidents/db/client';
import { defaultPolicy } from '@incidents/testing/fixtures/incidents';
import type { DocumentedReply } from '@incidents/testing/http/documented-reply';
import { type TestDatabase, useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type TestLogger, useTestLogger } from '@incidents/testing/test-logger';
import type { Hono } from 'hono';
import { afterAll } from 'vitest';
import { createApp } from '../app.ts';
import { createEventStreams } from '../event-streams/event-streams.ts';
import { createConcurrencyLimiter, QUEUE_LIMITS } from '../http/concurrency-limiter.ts';
import type { HonoEnv } from '../http/hono-env.ts';
import { createKeyAuthentication } from '../http/key-authentication.ts';
import { createOpenAccess } from '../http/open-access.ts';
import { createRateLimits, type RateLimitQuotas } from '../http/rate-limits.ts';
import { createReplyStreams } from '../http/reply-streams.ts';
import { locales } from '../locale/locales.ts';
import type { Redis } from '../redis.ts';
import { createSharedReads } from '../shared-reads.ts';
import { asDocumented } from './as-documented.ts';

type Init = RequestInit & {
  json?: unknown;
  from?: string;
};

export interface TestApp {
  readonly database: TestDatabase;
  readonly log: TestLogger;
  readonly app: Hono<HonoEnv>;
  request(target: string, init?: Init): Promise<DocumentedReply>;
  post(target: string, json: unknown, headers?: Record<string, string>): Promise<DocumentedReply>;
  patch(target: string, json: unknown, headers?: Record<string, string>): Promise<DocumentedReply>;
}

export interface TestAppOptions {
  locale?: keyof typeof locales;
  /** Default: `migrated`. `empty` has no tables, `unreachable` no server. */
  database?: 'migrated' | 'empty' | 'unreachable';
  db?: () => Db;
  isStopping?: () => boolean;
  corsOrigins?: string[];
  maxInFlight?: number;
  /** Without it AUTH=off. */
  keys?: { admin?: string };
  redis?: () => Redis;
  /** Default: unlimited. */
  rateLimits?: Partial<RateLimitQuotas>;
  trustedProxyHops?: number;
  maxStreams?: number;
}

export function useTestApp(options: TestAppOptions = {}): TestApp {
  const database =
    options.database === 'unreachable'
      ? useUnreachableDatabase()
      : useTestDatabase({ empty: options.database === 'empty' });
  const log = useTestLogger();

  let app: Hono<HonoEnv> | undefined;
  const testApp: TestApp = {
    database,
    log,
    get app() {
      if (app !== undefined) return app;
      const db = (options.db?.() ?? database.db).kysely;
      const redis = options.redis?.();
      app = createApp({
        db,
        incidentReader: createIncidentReader(db),
        incidentWriter: createIncidentWriter(db, defaultPolicy),
        logger: log.logger,
        locale: locales[options.locale ?? 'ru'],
        isStopping: options.isStopping ?? (() => false),
        authentication: options.keys
          ? createKeyAuthentication(db, options.keys.admin)
          : createOpenAccess(options.corsOrigins ?? []),
        concurrencyLimiter: createConcurrencyLimiter({
          ...QUEUE_LIMITS,
          maxInFlight: options.maxInFlight ?? 500,
        }),
        corsOrigins: options.corsOrigins ?? [],
        rateLimits: createRateLimits({ reads: 0, writes: 0, ...options.rateLimits, redis }),
        trustedProxyHops: options.trustedProxyHops ?? 0,
        shareRead: createSharedReads(),
        replyStreams: createReplyStreams({ logger: log.logger }),
        eventStreams: createEventStreams({ db, logger: log.logger }, { maxStreams: options.maxStreams }),
      });
      return app;
    },
    async request(target, { json, from, ...init } = {}) {
      if (json !== undefined) {
        init.body = JSON.stringify(json);
        init.headers = { 'Content-Type': 'application/json', ...init.headers };
      }
      const incoming = { socket: { remoteAddress: from } };
      const response = await testApp.app.request(target, init, { incoming });
      const { pathname } = new URL(target, 'http://localhost');
      return asDocumented(init.method ?? 'GET', pathname, response);
    },
    post: (target, json, headers = {}) => testApp.request(target, { method: 'POST', json, headers }),
    patch: (target, json, headers = {}) => testApp.request(target, { method: 'PATCH', json, headers }),
  };
  return testApp;
}

function useUnreachableDatabase(): TestDatabase {
  // Nothing listens on port 1.
  const url = 'postgresql://user@127.0.0.1:1/nothing';
  const db = createDb({ url, poolSize: 1, applicationName: 'incidents-test', onConnectionError: () => {} });
  afterAll(() => db.close());
  return { url, db };
}

export const newIncident = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
};
