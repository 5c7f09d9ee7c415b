import type { Delivery } from '@incidents/contracts';
import type { TestDatabase } from '@incidents/testing/postgres/test-database';

let counter = 0;

export async function insertDelivery(
  { db }: TestDatabase,
  fields: Partial<Delivery> & Pick<Delivery, 'incident_id'>,
): Promise<number> {
  const row = {
    event_id: 1,
    channel: 'email',
    transport: 'smtp',
    recipient: `oncall-${++counter}@example.org`,
    state: 'pending',
    attempts: 0,
    digest: false,
    created_at: '2025-11-08T12:00:00.000Z',
    updated_at: '2025-11-08T12:00:00.000Z',
    ...fields,
  };
  const columns = Object.keys(row).join(', ');
  const { rows } = await db.pool.query<{ id: number }>(
    `insert into deliveries (${columns}) select ${columns} from jsonb_populate_record(null::deliveries, $1)
     returning id`,
    [JSON.stringify(row)],
  );
  const [inserted] = rows;
  if (inserted === undefined) throw new Error('the insert of a delivery returned no row');
  return inserted.id;
}
