import type { IncidentWriter } from '@incidents/core/incident/incident-writer';
import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import type { Locale } from '../locale/locale.ts';
import type { ShareRead } from '../shared-reads.ts';
import type { Admission } from './admission.ts';
import type { Authentication } from './authentication.ts';
import type { RateLimits } from './rate-limits.ts';
import type { ReplyStreams } from './reply-streams.ts';

/** What the application works with; made in `main.ts`, or by a test. */
export interface Dependencies {
  db: Db['kysely'];
  incidentWriter: IncidentWriter;
  logger: Logger;
  locale: Locale;
  /** Whether the process is on its way out: replies then ask their clients to connect elsewhere. */
  isStopping: () => boolean;
  /** For every operation that is not public. */
  authentication: Authentication;
  /** Of requests that were read; probes and documentation are let in by anybody. */
  admission: Admission;
  /** Origins whose pages may use this service from a browser. */
  corsOrigins: string[];
  /** Of every request but those for probes and documentation. */
  rateLimits: RateLimits;
  /** Proxies in front of this service whose `X-Forwarded-For` is true. */
  trustedProxyHops: number;
  shareRead: ShareRead;
  /** Of replies that are too large for memory. */
  replyStreams: ReplyStreams;
}
