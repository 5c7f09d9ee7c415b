import { onServer } from '@incidents/testing/postgres/template';
import { HAND_WRITTEN_INCIDENTS } from '../load/hand-written-incidents.ts';
import type { KnownIds } from './known-ids.ts';

/** Few, so that hostile ids mostly name unknown incidents. */
const INCIDENTS = 50;

/** @param count the number of failed jobs and of failed deliveries */
export const seedDatabase = (url: string, count: number, known: KnownIds): Promise<void> =>
  onServer(url, async (client) => {
    const add = async (family: string, insert: string, amount: number) => {
      const { rows } = await client.query<{ id: string }>(insert, [amount]);
      for (const { id } of rows) known.add(family, Number(id));
    };
    await add(
      'incidents',
      `insert into incidents (text, description, status, source)
       select 'инцидент ' || n, 'd', 'новый', 'operator' from generate_series(1, $1::int) as n returning id`,
      INCIDENTS,
    );
    const { rows: written } = await client.query<{ id: string }>(
      `insert into incidents (text, description, status, source, created_at)
       select text, 'd', status, source, created_at
       from json_to_recordset($1) as incident (text text, status text, source text, created_at timestamptz)
       returning id`,
      [JSON.stringify(HAND_WRITTEN_INCIDENTS)],
    );
    for (const { id } of written) known.add('incidents', Number(id));
    await add(
      'deliveries',
      `insert into deliveries (event_id, incident_id, channel, transport, recipient, state, attempts, last_error)
       select n, 1 + n % 20, 'email', 'log', 'log', 'failed', 9, 'failed before'
       from generate_series(1, $1::int) as n returning id`,
      count,
    );
    // No worker knows these tasks, so the jobs stay until a request deletes them.
    await add(
      'jobs',
      `select (graphile_worker.add_job('fuzz_' || n % 50, json_build_object('n', n), max_attempts => 1)).id
       from generate_series(1, $1::int) as n`,
      count,
    );
    await client.query(
      `update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'failed before'
       where id % 2 = 0`,
    );
  });
