import {
  cause,
  changeIncident,
  recount,
  someIncident,
  storeIncident,
} from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDb, type Db } from '../../client.ts';

const database = useTestDatabase();

function openConnection() {
  const db = createDb({
    url: database.url,
    poolSize: 1,
    applicationName: 'incidents-queue',
    planOnce: true,
    onConnectionError: () => {},
  });
  onTestFinished(() => db.close());
  return db;
}

const jobs = ['first_task', 'second_task', 'third_task'].map((identifier) => ({
  identifier,
  max_attempts: 25,
}));

const WAITING_JOBS = 30_000;

async function fillQueue({ pool }: Db) {
  for (let count = 0; count < WAITING_JOBS; count += 10_000) {
    await pool.query(`
      select count(*) from graphile_worker.add_jobs(array(
        select row('some_task', '{}', null, null, 25, null, null, null)::graphile_worker.job_spec
        from generate_series(1, 10000)
      ))`);
  }
}

async function countScannedRows(connections: Db[]): Promise<number> {
  for (const { pool } of connections) await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await database.db.pool.query<{ rows: number }>(`
    select seq_tup_read as rows from pg_stat_user_tables
    where schemaname = 'graphile_worker' and relname = '_private_jobs'`);
  return rows[0]?.rows ?? Number.NaN;
}

describe('add_jobs', () => {
  test('scans no long queue on a connection that has planned for an empty one', async () => {
    const writer = openConnection();
    const other = openConnection();
    // An analysis would make PostgreSQL plan anew.
    await other.pool.query('alter table graphile_worker._private_jobs set (autovacuum_enabled = off)');
    const write = async () => {
      const { id } = await storeIncident(writer.kysely, someIncident(), cause, jobs);
      await changeIncident(writer.kysely, id, { status: 'закрыт' }, cause, recount);
    };
    for (let count = 0; count < 10; count += 1) {
      await other.pool.query('delete from graphile_worker._private_jobs');
      await write();
    }
    await fillQueue(other);

    const before = await countScannedRows([writer, other]);
    for (let count = 0; count < 10; count += 1) await write();
    const after = await countScannedRows([writer, other]);
    expect(after - before).toBe(0);
    const { rows } = await other.pool.query('select count(*) as count from graphile_worker._private_jobs');
    expect(rows).toEqual([{ count: WAITING_JOBS + 4 + 10 * 4 }]);
  });
});
