import { plan, someEvent } from '@incidents/testing/fixtures/deliveries';
import { grantEndlessLease, THIS_POOL } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDb, type Db } from '../../client.ts';
import type { Database } from '../../tables/database.ts';
import { claimDeliveries } from './claim-deliveries.ts';
import { planDeliveries } from './plan-deliveries.ts';
import { recordDeliveries } from './record-deliveries.ts';

const BACKLOG = 20_000;

// A plan changes when PostgreSQL has analyzed the tables.
describe.each(['', 'analyze'])(
  `beside ${BACKLOG} waiting deliveries and as many sent ones, %s`,
  (analyze) => {
    const database = useTestDatabase();
    let db: Db;

    beforeAll(async () => {
      db = createDb({
        url: database.url,
        poolSize: 1,
        applicationName: 'planned-on-empty-tables',
        planOnce: true,
        indexesOnly: true,
        onConnectionError: () => {},
      });
      await grantEndlessLease(database.db);
      // PostgreSQL plans each statement here, before there is a row.
      await claim(0);
      await recordDeliveries(db.kysely, THIS_POOL, [{ id: 0, state: 'sent' }], []);
      await planDeliveries(db.kysely, [0], plan());
      await database.db.pool.query(`
      with incident as (
        insert into incidents (text, description, source)
        select 'текст', 'описание', 'operator' from generate_series(1, ${BACKLOG / 10}) returning id
      ), event as (
        insert into incident_events (incident_id, kind, actor, request_id)
        select id, 'created', 'tester', 'r' from incident returning id, incident_id
      ), outbox as (
        insert into outboxes (channel, address, due_at)
        select 'telegram', 'chat ' || n, now() from generate_series(1, 10) as n returning id, address
      ), sent as (
        insert into deliveries (event_id, incident_id, channel, transport, recipient, outbox_id, state)
        select -n, -n, 'telegram', 'telegram', outbox.address, outbox.id, 'sent'
        from outbox cross join generate_series(1, ${BACKLOG / 10}) as n
      )
      insert into deliveries
        (event_id, incident_id, channel, transport, recipient, outbox_id, digest, next_attempt_at)
      select event.id, event.incident_id, 'telegram', 'telegram', outbox.address, outbox.id, event.id % 2 = 0, now()
      from event cross join outbox`);
      if (analyze) await database.db.pool.query('analyze');
    });

    afterAll(() => db.close());

    const claim = (outboxId: number, connection: Kysely<Database> = db.kysely) =>
      claimDeliveries(connection, [{ outboxId, limit: 20 }], { poolId: THIS_POOL, mergesEvents: true });

    const countReadRows = (
      run: (connection: Kysely<Database>) => Promise<unknown>,
      table = 'deliveries',
    ): Promise<number> =>
      db.kysely.transaction().execute(async (transaction) => {
        const readSoFar = async () => {
          const { rows } = await sql<{ rows: number }>`
          select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
          where relname = ${table}`.execute(transaction);
          return rows[0]?.rows ?? Number.NaN;
        };
        const before = await readSoFar();
        await run(transaction);
        return (await readSoFar()) - before;
      });

    const outboxIds = async () =>
      (await database.db.pool.query<{ id: number }>('select id from outboxes order by id')).rows.map(
        ({ id }) => id,
      );

    // Each incident has ten deliveries; a digest has 100 incidents, each looked up a few times.
    test('claimDeliveries reads what it claims and the other deliveries of these incidents', async () => {
      for (const id of await outboxIds()) {
        const read = await countReadRows(async (connection) => {
          const [outbox] = await claim(id, connection);
          expect(outbox?.deliveries.length).toBeGreaterThanOrEqual(20);
        });
        expect(read).toBeLessThan(1_000);
      }
    });

    test('recordDeliveries reads what it records', async () => {
      const [outbox] = await claim((await outboxIds())[0] ?? 0);
      const results = outbox?.deliveries.map(({ id }) => ({ id, state: 'sent' as const })) ?? [];
      const read = await countReadRows((connection) => recordDeliveries(connection, THIS_POOL, results, []));
      expect(read).toBeLessThanOrEqual(2 * results.length);
    });

    test('recordDeliveries looks up one event per delivery', async () => {
      const [outbox] = await claim((await outboxIds())[1] ?? 0);
      const results = outbox?.deliveries.map(({ id }) => ({ id, state: 'sent' as const })) ?? [];
      const read = await countReadRows(
        (connection) => recordDeliveries(connection, THIS_POOL, results, []),
        'incident_events',
      );
      expect(read).toBeLessThanOrEqual(2 * results.length);
    });

    test('planDeliveries reads the deliveries of its incident', async () => {
      const { event_id } = await someEvent(database.db);
      expect(
        await countReadRows((connection) => planDeliveries(connection, [event_id], plan())),
      ).toBeLessThan(10);
    });
  },
);
