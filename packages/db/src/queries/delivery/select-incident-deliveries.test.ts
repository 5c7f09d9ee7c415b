import { planEvents, someDelivery, someEvent } from '@incidents/testing/fixtures/deliveries';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { findDelivery } from './find-delivery.ts';
import { selectIncidentDeliveries } from './select-incident-deliveries.ts';

const database = useTestDatabase();
const list = (incidentId: number, skip = 0, limit = 100) =>
  selectIncidentDeliveries(database.db.kysely, incidentId, { skip, limit });

test('selects deliveries of one incident over every channel, the oldest first, in pages', async () => {
  const event = await someEvent(database.db);
  await planEvents(database.db, [event], { recipients: ['a@example.com', 'b@example.com'] });
  await someDelivery(database.db);
  await planEvents(database.db, [event], { channel: 'telegram', transport: 'telegram', recipients: ['7'] });
  const all = await list(event.incident_id);
  expect(all.map(({ channel, recipient }) => `${channel} ${recipient}`)).toEqual([
    'email a@example.com',
    'email b@example.com',
    'telegram 7',
  ]);
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => a - b));
  expect(await list(event.incident_id, 1, 1)).toEqual(all.slice(1, 2));
  expect(await list(event.incident_id, 3)).toEqual([]);
  expect(await list(999_999)).toEqual([]);
});

test('selects a delivery by its id, with times in UTC to the millisecond', async () => {
  const row = await someDelivery(database.db);
  expect(await findDelivery(database.db.kysely, row.id)).toEqual(row);
  for (const time of [row.created_at, row.updated_at, row.next_attempt_at]) {
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  expect(row.sent_at).toBeNull();
  expect(await findDelivery(database.db.kysely, 999_999)).toBeUndefined();
});
