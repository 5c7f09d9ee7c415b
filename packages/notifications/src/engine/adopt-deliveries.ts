import type { Db } from '@incidents/db/client';
import { type AdoptedDeliveries, adoptDeliveries as adopt } from '@incidents/db/queries/adopt-deliveries';
import type { OutboxEngine } from './outbox-engine.ts';

/** Adopts deliveries planned by a worker from before migration 0010: each has a job instead of an outbox. */
export async function adoptDeliveries(
  db: Db['kysely'],
  which: AdoptedDeliveries,
  wake: OutboxEngine['wake'],
): Promise<void> {
  for (const { channel, ...outbox } of await adopt(db, which)) wake(channel, [outbox]);
}
