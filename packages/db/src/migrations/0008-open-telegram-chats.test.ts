import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { Kysely, PostgresDialect } from 'kysely';
import { expect, test } from 'vitest';
import { up } from './0008-open-telegram-chats.ts';

const database = useTestDatabase();

test('opens chats that were closed for years, and makes their deliveries due', async () => {
  const { pool } = database.db;
  await pool.query(`
    insert into telegram_turns (scope, next_at) values
      ('chat:1', now() + interval '3 years'), ('chat:2', now() + interval '30 minutes')`);
  await pool.query(`
    insert into deliveries (event_id, incident_id, channel, transport, recipient, next_attempt_at)
    select n, n, 'telegram', 'telegram', n::text, now() + (array['3 years', '30 minutes'])[n]::interval
    from generate_series(1, 2) as n`);
  await pool.query(`
    select graphile_worker.add_job('deliver', run_at => next_attempt_at, job_key => 'delivery:' || id)
    from deliveries`);
  await pool.query(`select graphile_worker.add_job('send_digest', run_at => now() + interval '3 years')`);

  await up(new Kysely({ dialect: new PostgresDialect({ pool }) }));

  const { rows } = await pool.query(`
    select 'turn' as what, count(*) as due from telegram_turns where next_at <= now() + interval '1 millisecond'
    union all select 'delivery', count(*) from deliveries where next_attempt_at <= now() + interval '1 millisecond'
    union all select 'job', count(*) from graphile_worker.jobs where run_at <= now()
    union all select 'later', count(*) from graphile_worker.jobs where run_at > now()`);
  expect(rows).toEqual([
    { what: 'turn', due: 1 },
    { what: 'delivery', due: 1 },
    { what: 'job', due: 2 },
    { what: 'later', due: 1 },
  ]);
});
