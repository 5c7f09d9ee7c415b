import type { ApiKeyTable } from './api-key.ts';
import type { DeletedIncidentTable } from './deleted-incident.ts';
import type { DeliveryTable } from './delivery.ts';
import type { IdempotencyKeyTable } from './idempotency-key.ts';
import type { IncidentTable } from './incident.ts';
import type { IncidentEventTable } from './incident-event.ts';
import type { IncidentStatisticsChangeTable, IncidentStatisticsTable } from './incident-statistics.ts';
import type { JobRunTable } from './job-run.ts';
import type { OutboxTable } from './outbox.ts';
import type { RecipientTestTable } from './recipient-test.ts';
import type { SessionTable } from './session.ts';
import type { TelegramChatMigrationTable, TelegramMessageTable, TelegramTurnTable } from './telegram.ts';
import type { WorkerPoolTable } from './worker-pool.ts';

/** Every table of the service. The queue's own live in the schema `graphile_worker`. */
export interface Database {
  api_keys: ApiKeyTable;
  deleted_incidents: DeletedIncidentTable;
  deliveries: DeliveryTable;
  idempotency_keys: IdempotencyKeyTable;
  incident_events: IncidentEventTable;
  incident_statistics: IncidentStatisticsTable;
  incident_statistics_changes: IncidentStatisticsChangeTable;
  incidents: IncidentTable;
  job_runs: JobRunTable;
  outboxes: OutboxTable;
  recipient_tests: RecipientTestTable;
  sessions: SessionTable;
  telegram_chat_migrations: TelegramChatMigrationTable;
  telegram_messages: TelegramMessageTable;
  telegram_turns: TelegramTurnTable;
  worker_pools: WorkerPoolTable;
}
