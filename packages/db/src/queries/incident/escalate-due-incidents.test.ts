import { type WaitingJob, waitForRoundedTime, waitingJobs } from '@incidents/testing/fixtures/deliveries';
import { cause, changeIncident, someIncident, storeIncident } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type Kysely, sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import type { Database } from '../../tables/database.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import { escalateDueIncidents } from './escalate-due-incidents.ts';
import { rescheduleFutureEscalations } from './reschedule-future-escalations.ts';

const database = useTestDatabase();
beforeEach(() =>
  database.db.pool.query(
    'truncate incidents, incident_events, graphile_worker._private_jobs restart identity',
  ),
);

const jobs: EventJobSpec[] = [{ identifier: 'notify', max_attempts: 25 }];
const escalate = (limit = 100, db: Kysely<Database> = database.db.kysely) =>
  escalateDueIncidents(db, {
    escalateAfterSeconds: { critical: 300, error: 1_800 },
    jobs,
    requestId: 'r-1',
    limit,
  });

async function dueIncidents(count: number, fields: Parameters<typeof someIncident>[0] = {}) {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) {
    ids.push((await storeIncident(database.db.kysely, someIncident(fields), cause, [])).id);
  }
  await database.db.pool.query(
    `update incidents set escalates_at = now() - interval '1 second' where id = any($1)`,
    [ids],
  );
  return ids;
}

async function history() {
  const { rows } = await database.db.pool.query<{ incident_id: number; kind: string; actor: string }>(
    'select incident_id, kind, actor, changes, request_id from incident_events order by id',
  );
  return rows;
}

async function schedule() {
  const { rows } = await database.db.pool.query<{ id: number; in: number | null }>(
    'select id, extract(epoch from escalates_at - now())::float8 as in from incidents order by id',
  );
  return rows.map((row) => row.in);
}

describe('escalateDueIncidents', () => {
  test('writes the event, queues the jobs and moves the time on by the period of the severity', async () => {
    const [critical] = await dueIncidents(1, { severity: 'critical' });
    const [error] = await dueIncidents(1);
    const [info] = await dueIncidents(1, { severity: 'info' });
    await dueIncidents(1, { severity: 'critical' });
    await database.db.pool.query(`update incidents set escalates_at = now() + interval '5 s' where id = 4`);
    expect(await escalate()).toBe(3);
    expect(await schedule()).toEqual([
      expect.closeTo(300, 0),
      expect.closeTo(1_800, 0),
      null,
      expect.closeTo(5, 0),
    ]);
    const escalated = (await history()).filter(({ kind }) => kind === 'escalated');
    expect(escalated).toEqual(
      [critical, error, info].map((incident_id) => ({
        incident_id,
        kind: 'escalated',
        actor: 'worker',
        changes: {},
        request_id: 'r-1',
      })),
    );
    expect(await waitingJobs(database.db)).toMatchObject(
      [critical, error, info].map(
        (incident_id): Partial<WaitingJob> => ({
          task: 'notify',
          payload: { incident_id, event_id: expect.any(Number), request_id: 'r-1' },
        }),
      ),
    );
    expect(await escalate()).toBe(0);
  });

  test('takes no more than its limit', async () => {
    await dueIncidents(5);
    expect([await escalate(3), await escalate(3), await escalate(3)]).toEqual([3, 2, 0]);
  });

  test('escalates each incident once while three workers look', async () => {
    const ids = await dueIncidents(120);
    const work = async () => {
      let total = 0;
      for (let escalated = 1; escalated > 0; total += escalated) escalated = await escalate(7);
      return total;
    };
    const totals = await Promise.all([work(), work(), work()]);
    expect(totals.reduce((sum, total) => sum + total)).toBe(ids.length);
    const escalated = (await history()).filter(({ kind }) => kind === 'escalated');
    expect(new Set(escalated.map(({ incident_id }) => incident_id)).size).toBe(ids.length);
    expect(escalated).toHaveLength(ids.length);
  });

  test('leaves event and job of all or none when workers are cut off', async () => {
    const ids = await dueIncidents(200);
    const worker = createDb({
      url: database.url,
      poolSize: 2,
      applicationName: 'incidents-cut-off',
      onConnectionError: () => {},
    });
    let cut = 0;
    for (let left = 1; left > 0; ) {
      const looks = Promise.allSettled([escalate(3, worker.kysely), escalate(3, worker.kysely)]);
      await database.db.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'incidents-cut-off'
           and query like '%incidents%' and random() < 0.5`,
      );
      cut += (await looks).filter(({ status }) => status === 'rejected').length;
      const { rows } = await database.db.pool.query('select from incidents where escalates_at <= now()');
      left = rows.length;
    }
    await worker.close();
    expect(cut).toBeGreaterThan(0);
    const escalated = (await history()).filter(({ kind }) => kind === 'escalated');
    expect(escalated.map(({ incident_id }) => incident_id).sort((a, b) => a - b)).toEqual(ids);
    expect(await waitingJobs(database.db)).toHaveLength(ids.length);
  });

  test.each(['в работе', 'закрыт'])('never escalates an incident after it became %s', async (status) => {
    const ids = await dueIncidents(100);
    const look = async () => {
      for (let round = 0; round < 60; round++) await escalate(2);
    };
    const patch = async (some: number[]) => {
      for (const id of some) await changeIncident(database.db.kysely, id, { status }, cause, []);
    };
    await Promise.all([look(), look(), patch(ids.slice(0, 50)), patch(ids.slice(50))]);
    expect(new Set(await schedule())).toEqual(new Set([null]));
    const events = await history();
    const escalated = events.filter(({ kind }) => kind === 'escalated');
    expect(escalated.length).toBeGreaterThan(0);
    for (const event of escalated) {
      const taken = events.findIndex(
        ({ incident_id, kind }) => incident_id === event.incident_id && kind === 'updated',
      );
      expect(events.indexOf(event)).toBeLessThan(taken);
    }
  });

  test('reads due incidents alone, by a plan that was made on an empty table', async () => {
    const db = createDb({
      url: database.url,
      poolSize: 1,
      applicationName: 'planned-on-empty-tables',
      planOnce: true,
      indexesOnly: true,
      onConnectionError: () => {},
    });
    await escalate(100, db.kysely);
    await database.db.pool.query(`
      insert into incidents (text, description, source, escalates_at)
      select 't', 'd', 's', case when n % 2 = 0 then now() + interval '1 hour' end from generate_series(1, 5000) as n`);
    await dueIncidents(1);
    const read = await db.kysely.transaction().execute(async (transaction) => {
      expect(await escalate(100, transaction)).toBe(1);
      const { rows } = await sql<{ rows: number }>`
        select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
        where relname = 'incidents'`.execute(transaction);
      return rows[0]?.rows;
    });
    await db.close();
    expect(read).toBeLessThan(10);
  });
});

test('rescheduleFutureEscalations makes escalations due that were scheduled before the clock was set back', async () => {
  await dueIncidents(2);
  await database.db.pool.query(`update incidents set escalates_at = now() + interval '2 hours'`);
  await database.db.pool.query(`
    alter table incidents disable trigger incident_change;
    update incidents set updated_at = now() + interval '1 hour' where id = 1;
    alter table incidents enable trigger incident_change`);
  await rescheduleFutureEscalations(database.db.kysely);
  await waitForRoundedTime(database.db);
  expect(await schedule()).toEqual([expect.closeTo(0, 0), expect.closeTo(7_200, 0)]);
  expect(await escalate()).toBe(1);
});
