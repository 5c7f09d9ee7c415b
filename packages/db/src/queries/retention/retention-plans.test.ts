import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import type { Kysely } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../tables/database.ts';
import { explainStatements } from '../../testing/explain-statements.ts';
import { deleteOldIdempotencyKeys } from '../idempotency-key/delete-old-idempotency-keys.ts';
import { BEFORE_CLOSED, deleteClosedIncidents } from './delete-closed-incidents.ts';
import { deleteOldDeletions } from './delete-old-deletions.ts';
import { deleteTraces } from './delete-traces.ts';
import { findOrphans } from './find-orphans.ts';
import { TRACE_TABLES } from './traces.ts';

const database = useTestDatabase();

beforeAll(() =>
  database.db.pool.query(`
    insert into incidents (text, description, status, source, created_at, closed_at)
    select 'т', repeat('о', 200), case when n % 10 = 0 then 'новый' else 'закрыт' end, 'operator',
      now() - n * interval '1 hour', now() - n * interval '30 minutes'
    from generate_series(1, 20000) as n;
    insert into deleted_incidents (id, incident, deleted_by, deleted_at)
    select 100000 + n, '{}', 'tester', now() - n * interval '1 hour' from generate_series(1, 20000) as n;
    insert into incident_events (incident_id, kind, actor, request_id)
    select n, 'created', 'tester', 'r' from generate_series(1, 20000) as n, generate_series(1, 2);
    insert into deliveries (event_id, incident_id, channel, transport, recipient)
    select n, n, 'email', 'log', 'log' from generate_series(1, 20000) as n;
    insert into telegram_messages (incident_id, recipient)
    select n, '1' from generate_series(1, 20000) as n;
    insert into idempotency_keys (actor, key, fingerprint, status, reply, created_at)
    select 'a', n, '', 201, '{}', now() - n * interval '1 minute' from generate_series(1, 20000) as n;
    analyze`),
);

const first = BEFORE_CLOSED;
const later = { created_at: '2020-01-01 00:00:00+00', id: 7 };
const ids = Array.from({ length: 500 }, (_, index) => 1 + index);
const INDEXES = {
  incident_events: 'incident_events_incident',
  deliveries: 'deliveries_incident',
  telegram_messages: 'telegram_messages_pkey',
};

const queries: [name: string, index: string, ask: (db: Kysely<Database>) => Promise<unknown>][] = [
  [
    'deleteClosedIncidents from the beginning',
    'incidents_status_newest',
    (db) => deleteClosedIncidents(db, { days: 300, after: first, limit: 500 }),
  ],
  [
    'deleteClosedIncidents of a later batch',
    'incidents_status_newest',
    (db) => deleteClosedIncidents(db, { days: 300, after: later, limit: 500 }),
  ],
  [
    'deleteOldDeletions',
    'deleted_incidents_pkey',
    (db) => deleteOldDeletions(db, { days: 300, after: 100_500, limit: 500 }),
  ],
  ['deleteOldIdempotencyKeys', 'idempotency_keys_created_at', (db) => deleteOldIdempotencyKeys(db, 500)],
  ...TRACE_TABLES.flatMap((table): typeof queries => [
    [
      `deleteTraces of ${table}`,
      INDEXES[table],
      (db) => deleteTraces(db, { table, incidentIds: ids, limit: 500 }),
    ],
    [
      `findOrphans of ${table}`,
      INDEXES[table],
      (db) => findOrphans(db, { table, after: 5_000, limit: 5_000 }),
    ],
  ]),
];

describe.each(['force_custom_plan', 'force_generic_plan'])('%s', (planCacheMode) => {
  test.each(queries)('%s reads %s and no whole table', async (_, index, ask) => {
    const nodes = await explainStatements(database.url, ask, { planCacheMode, analyze: false });
    expect(nodes.map((node) => node['Index Name'])).toContain(index);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  });
});
