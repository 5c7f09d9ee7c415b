import type { Db } from '@incidents/db/client';
import { type AdoptedDeliveries, adoptDeliveries } from '@incidents/db/queries/delivery/adopt-deliveries';
import type { OutboxEngine } from './outbox-engine.ts';

/** Adopts deliveries of a worker from before migration 0010, and wakes their outboxes. */
export async function adoptAndWakeOutboxes(
  db: Db['kysely'],
  which: AdoptedDeliveries,
  wakeOutboxes: OutboxEngine['wakeOutboxes'],
): Promise<void> {
  for (const { channel, ...outbox } of await adoptDeliveries(db, which)) wakeOutboxes(channel, [outbox]);
}
