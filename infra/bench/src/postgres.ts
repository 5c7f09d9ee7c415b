import { mkdtemp } from 'node:fs/promises';
import { createDb } from '@incidents/db/client';
import { applyStatisticsChanges } from '@incidents/db/queries/statistics/apply-statistics-changes';
import { startEmbeddedPostgres } from '@incidents/local/postgres/embedded-postgres';
import { createTemplate, databaseUrl, onServer } from '@incidents/testing/postgres/template';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { findServers } from './local-processes.ts';

export interface PostgresServer {
  url: string;
  version: string;
  processes: number[];
}

export interface BenchDatabase {
  url: string;
  /** Deletes all rows except the seeded ones, then vacuums and analyzes. */
  restore(): Promise<void>;
}

/** Not below /tmp: it may be in memory, where a commit costs nothing. */
const FOLDER_PREFIX = '/var/tmp/incidents-bench-';

/** Settings that make commits durable, as in production. */
const DURABLE = ['fsync', 'synchronous_commit'];

/**
 * Connects to `TEST_DATABASE_URL` if set, else starts an embedded PostgreSQL.
 * @throws Error when its commits are not durable
 */
export async function startPostgres(cleanup: Cleanup): Promise<PostgresServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    const version = await checkDurability(given);
    return { url: given, version, processes: findServers(given, 5432) };
  }
  const server = await startEmbeddedPostgres({
    dataDir: await mkdtemp(FOLDER_PREFIX),
    port: 0,
    temporary: true,
    settings: { max_connections: '300' },
  });
  cleanup.add(() => server.stop());
  return { url: server.url, version: await checkDurability(server.url), processes: [server.pid] };
}

export async function createDatabase(
  cleanup: Cleanup,
  server: PostgresServer,
  { incidents, waitingJobs }: { incidents: number; waitingJobs: number },
): Promise<BenchDatabase> {
  const database = await createTemplate(server.url);
  cleanup.add(() => database.drop());
  const url = databaseUrl(server.url, database.name);
  await onServer(url, async (client) => {
    await client.query(SEED_INCIDENTS, [incidents]);
    if (waitingJobs > 0) await client.query(SEED_JOBS, [waitingJobs]);
    await client.query('analyze');
  });
  await countIncidents(url);
  await onServer(url, (client) => client.query(COPY_STATISTICS));
  return {
    url,
    restore: () =>
      onServer(url, async (client) => {
        await client.query('delete from incidents where id > $1', [incidents]);
        await client.query('delete from graphile_worker._private_jobs where id > $1', [waitingJobs]);
        await client.query(DELETE_TRACES);
        await client.query('vacuum (analyze) incidents, graphile_worker._private_jobs');
      }),
  };
}

async function countIncidents(url: string): Promise<void> {
  const db = createDb({
    url,
    poolSize: 1,
    applicationName: 'incidents-bench',
    onConnectionError: (error) => console.error(error),
  });
  try {
    while ((await applyStatisticsChanges(db.kysely)).taken > 0);
  } finally {
    await db.close();
  }
}

const COPY_STATISTICS = 'create table seeded_statistics as table incident_statistics';

const DELETE_TRACES = `
  truncate incident_events, incident_statistics_changes, incident_statistics, deliveries, outboxes,
    telegram_messages, job_runs;
  insert into incident_statistics table seeded_statistics`;

/** The largest id is the newest incident. */
const SEED_INCIDENTS = `
  insert into incidents (text, description, status, source, created_at)
  select 'Бот ' || n || ' не отвечает на команды',
    'После обновления бот перестал реагировать на /start. Перезапуск не помог, журнал во вложении.',
    (array['новый', 'в работе', 'закрыт'])[1 + n % 3],
    (array['operator', 'monitoring', 'partner'])[1 + n % 3],
    now() - ($1::int - n) * interval '1 second'
  from generate_series(1, $1::int) as n`;

const SEED_JOBS = `
  select count(*) from graphile_worker.add_jobs((
    select array_agg(json_populate_record(null::graphile_worker.job_spec, json_build_object(
      'identifier', 'send_email_notification',
      'payload', json_build_object('incident_id', 1 + n % 10000)
    ))) from generate_series(1, $1::int) as n
  ))`;

async function checkDurability(url: string): Promise<string> {
  let version = '';
  await onServer(url, async (client) => {
    const show = async (setting: string): Promise<string> =>
      Object.values((await client.query<Record<string, string>>(`show ${setting}`)).rows[0] ?? {}).join();
    for (const setting of DURABLE) {
      const value = await show(setting);
      if (value !== 'on') throw new Error(`${setting} is ${value} in PostgreSQL: the bench needs it on`);
    }
    version = await show('server_version');
  });
  return version;
}
