import type { IncidentReader } from '@incidents/core/incident/incident-reader';
import type { IncidentWriter } from '@incidents/core/incident/incident-writer';
import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import type { EventStreams } from '../event-streams/event-streams.ts';
import type { Locale } from '../locale/locale.ts';
import type { ShareRead } from '../shared-reads.ts';
import type { Authentication } from './authentication.ts';
import type { ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { RateLimits } from './rate-limits.ts';
import type { ReplyStreams } from './reply-streams.ts';

export interface Dependencies {
  db: Db['kysely'];
  incidentReader: IncidentReader;
  incidentWriter: IncidentWriter;
  logger: Logger;
  locale: Locale;
  /** Whether the process shuts down: replies then close their connections. */
  isStopping: () => boolean;
  authentication: Authentication;
  concurrencyLimiter: ConcurrencyLimiter;
  corsOrigins: string[];
  rateLimits: RateLimits;
  /** Proxies in front of this service whose `X-Forwarded-For` is trusted. */
  trustedProxyHops: number;
  shareRead: ShareRead;
  replyStreams: ReplyStreams;
  eventStreams: EventStreams;
}
