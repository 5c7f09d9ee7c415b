import type { Migration } from 'kysely/migration';
import * as incidents from './0001-incidents.ts';
import * as incidentStatistics from './0002-incident-statistics.ts';
import * as incidentEvents from './0003-incident-events.ts';
import * as deliveries from './0004-deliveries.ts';
import * as workerPools from './0005-worker-pools.ts';
import * as jobRuns from './0006-job-runs.ts';
import * as apiKeys from './0007-api-keys.ts';
import * as openTelegramChats from './0008-open-telegram-chats.ts';
import * as telegramTurnsUpdatedAt from './0009-telegram-turns-updated-at.ts';
import * as outboxes from './0010-outboxes.ts';
import * as incidentLife from './0011-incident-life.ts';
import * as sessions from './0012-sessions.ts';
import * as eventOrder from './0013-event-order.ts';
import * as notifiedEvents from './0014-notified-events.ts';

/**
 * Every migration in order, by the name under which the database remembers it.
 * They only go forward and never change once released: a correction is a new migration.
 */
export const migrations: Record<string, Migration> = {
  '0001-incidents': incidents,
  '0002-incident-statistics': incidentStatistics,
  '0003-incident-events': incidentEvents,
  '0004-deliveries': deliveries,
  '0005-worker-pools': workerPools,
  '0006-job-runs': jobRuns,
  '0007-api-keys': apiKeys,
  '0008-open-telegram-chats': openTelegramChats,
  '0009-telegram-turns-updated-at': telegramTurnsUpdatedAt,
  '0010-outboxes': outboxes,
  '0011-incident-life': incidentLife,
  '0012-sessions': sessions,
  '0013-event-order': eventOrder,
  '0014-notified-events': notifiedEvents,
};
