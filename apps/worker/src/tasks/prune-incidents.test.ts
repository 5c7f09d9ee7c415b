import { getStatistics } from '@incidents/core/statistics/get-statistics';
import { applyStatisticsChanges } from '@incidents/db/queries/statistics/apply-statistics-changes';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, describe, expect, test } from 'vitest';
import { addJob, queuedJobs, runQueue } from '../testing/run-queue.ts';
import { taskDependencies } from '../testing/task-dependencies.ts';
import { createTasks } from './index.ts';
import { type OrphanPositions, pruneIncidents } from './prune-incidents.ts';

const database = useTestDatabase();
const log = useTestLogger();
const { signal } = new AbortController();
const prune = (days = 30, positions: OrphanPositions = new Map()) =>
  pruneIncidents({ db: database.db.kysely }, { days, signal, positions });

const TRACES = ['incident_events', 'deliveries', 'telegram_messages'] as const;
const nothing = { incidents: 0, deleted: 0, orphans: 0 };

beforeEach(() =>
  database.db.pool.query(
    'truncate incidents, deleted_incidents, incident_events, deliveries, telegram_messages restart identity',
  ),
);

interface Row {
  status?: string;
  created: number;
  updated?: number;
  closed?: number;
}

/** Stores an incident with events, a delivery and a message. Times are days ago. */
async function store({ status = 'закрыт', created, updated, closed }: Row): Promise<number> {
  const { rows } = await database.db.pool.query<{ id: number }>(
    `insert into incidents (text, description, status, source, created_at, updated_at, closed_at)
     values ('т', 'о', $1, 'operator', now() - make_interval(days => $2), now() - make_interval(days => $3),
       now() - make_interval(days => $4)) returning id`,
    [status, created, updated ?? null, closed ?? null],
  );
  const id = rows[0]?.id ?? 0;
  await addTraces(id);
  return id;
}

async function addTraces(incidentId: number) {
  const { pool } = database.db;
  await pool.query(
    `insert into incident_events (incident_id, kind, actor, request_id) select $1, kind, 'a', 'r'
     from unnest(array['created', 'updated', 'commented']) as kind`,
    [incidentId],
  );
  await pool.query(
    `insert into deliveries (event_id, incident_id, channel, transport, recipient, state)
     values ($1, $1, 'email', 'log', 'log', 'logged')`,
    [incidentId],
  );
  await pool.query(`insert into telegram_messages (incident_id, recipient) values ($1, '1')`, [incidentId]);
}

/** The ids of incidents of which a table has rows. */
async function idsIn(table: string): Promise<number[]> {
  const column = table.endsWith('incidents') ? 'id' : 'incident_id';
  const { rows } = await database.db.pool.query<{ id: number }>(
    `select distinct ${column} as id from ${table} order by 1`,
  );
  return rows.map(({ id }) => id);
}

async function expectLeft(ids: number[]) {
  for (const table of TRACES) expect(await idsIn(table), table).toEqual(ids);
}

describe('pruneIncidents', () => {
  test('deletes closed incidents of long ago with all that belongs to them, and keeps others', async () => {
    const old = [
      await store({ created: 90, updated: 31, closed: 31 }),
      // Closed before the upgrade.
      await store({ created: 90, updated: 31 }),
      await store({ created: 31 }),
    ];
    const kept = [
      await store({ created: 90, closed: 29 }),
      await store({ created: 90, updated: 29 }),
      await store({ created: 29 }),
      await store({ created: 90, status: 'новый' }),
      await store({ created: 90, status: 'в работе', updated: 90 }),
      await store({ created: 90, status: 'отложен' }),
    ];
    expect(await prune(0)).toEqual(nothing);
    expect(await idsIn('incidents')).toEqual([...old, ...kept]);
    expect(await prune()).toEqual({ ...nothing, incidents: 3 });
    expect(await idsIn('incidents')).toEqual(kept);
    await expectLeft(kept);
    expect(await prune()).toEqual(nothing);
  });

  test('removes deleted incidents of long ago with their rest, and keeps the history of others', async () => {
    await database.db.pool.query(
      `insert into deleted_incidents (id, incident, deleted_by, deleted_at)
       values (1, '{}', 'a', now() - interval '31 days'), (2, '{}', 'a', now() - interval '29 days')`,
    );
    for (const id of [1, 2]) await addTraces(id);
    expect(await prune()).toEqual({ ...nothing, deleted: 1 });
    expect(await idsIn('deleted_incidents')).toEqual([2]);
    await expectLeft([2]);
  });

  test('removes rows that have no incident any more', async () => {
    const kept = await store({ created: 1 });
    for (const id of [404, 500]) await addTraces(id);
    await database.db.pool.query(`insert into telegram_messages (incident_id, recipient) values (600, '1')`);
    expect(await prune(0)).toEqual(nothing);
    expect(await prune()).toEqual({ ...nothing, orphans: 3 });
    await expectLeft([kept]);
  });

  test('goes on where the last look for orphans ended, and begins again behind the last row', async () => {
    for (const id of [100, 200]) await addTraces(id);
    const positions: OrphanPositions = new Map(TRACES.map((table) => [table, 150]));
    expect(await prune(30, positions)).toMatchObject({ orphans: 1 });
    await expectLeft([100]);
    expect([...positions.values()]).toEqual([0, 0, 0]);
    expect(await prune(30, positions)).toMatchObject({ orphans: 1 });
    await expectLeft([]);
  });

  test('takes as many statements as there are incidents and rows for', async () => {
    await database.db.pool.query(
      `insert into incidents (text, description, status, source, created_at)
       select 'т', 'о', 'закрыт', 'operator', now() - interval '40 days' - n / 3 * interval '1 second'
       from generate_series(1, 1200) as n`,
    );
    // Recently closed ones between them are passed over.
    await database.db.pool.query(`update incidents set text = 'новее' where id % 4 = 0`);
    await database.db.pool.query(
      `insert into incident_events (incident_id, kind, actor, request_id)
       select 1, 'commented', 'a', 'r' from generate_series(1, 12000)`,
    );
    expect(await prune()).toEqual({ ...nothing, incidents: 900 });
    expect(await idsIn('incidents')).toHaveLength(300);
    await expectLeft([]);
  });

  test('of two workers at once deletes each incident once', async () => {
    for (let count = 0; count < 20; count++) await store({ created: 40 });
    const [one, two] = await Promise.all([prune(), prune()]);
    expect((one?.incidents ?? 0) + (two?.incidents ?? 0)).toBe(20);
    await prune();
    await expectLeft([]);
  });

  test('skips incidents that another transaction holds, and a reopened one', async () => {
    const [held, other] = [await store({ created: 40 }), await store({ created: 40 })];
    const client = await database.db.pool.connect();
    await client.query('begin');
    await client.query(`update incidents set status = 'новый' where id = $1`, [held]);
    expect(await prune()).toEqual({ ...nothing, incidents: 1 });
    await client.query('commit');
    client.release();
    expect(await prune()).toEqual(nothing);
    expect(await idsIn('incidents')).toEqual([held]);
    await expectLeft([held]);
    expect(other).not.toBe(held);
  });

  test('stops when the worker does', async () => {
    await store({ created: 40 });
    const aborted = { days: 30, signal: AbortSignal.abort(), positions: new Map() };
    expect(await pruneIncidents({ db: database.db.kysely }, aborted)).toEqual(nothing);
  });
});

describe('the job prune_incidents', () => {
  const run = (env: Record<string, string>) =>
    runQueue(database.db, createTasks(taskDependencies(database.db.kysely, log.logger, env)));

  test('brings the statistics up to date, and does nothing without RETENTION_DAYS', async () => {
    await store({ created: 40 });
    await store({ created: 1 });
    await applyStatisticsChanges(database.db.kysely);
    const context = { db: database.db.kysely, actor: 'worker' as const, requestId: 'r' };

    await addJob(database.db, { task: 'prune_incidents', payload: {} });
    await run({});
    expect((await getStatistics(context)).total).toBe(2);

    await addJob(database.db, { task: 'prune_incidents', payload: {} });
    await run({ RETENTION_DAYS: '30' });
    expect(await queuedJobs(database.db)).toEqual([]);
    expect((await getStatistics(context)).total).toBe(1);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ msg: 'old incidents deleted', level: 'info', incidents: 1 }),
    );
  });
});
