import { execFileSync } from 'node:child_process';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, listProcesses, readProcess } from '@incidents/local/crash-recovery/process-table';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@incidents/local/postgres/embedded-postgres';
import { clusterFolder } from '@incidents/local/postgres/postmaster';
import { databaseUrl } from '@incidents/testing/postgres/template';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startExitGuard } from '@incidents/testing/processes/start-exit-guard';
import pg from 'pg';

export interface OwnPostgres {
  url: string;
  port: number;
  /** The same server through another port. */
  at(port: number): OwnPostgres;
  isRunning(): boolean;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  empty(): Promise<void>;
  /** Resolves when the server accepts connections again. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  becomeStandby(): Promise<void>;
  /** Resolves when the standby takes writes. */
  promote(): Promise<void>;
  /** Copies the data for a standby; resolves with the folder of the cluster. */
  copyTo(folder: string): Promise<string>;
  terminateBackends(): Promise<void>;
  /** Stops all processes of the server; returns a function that continues them. */
  freeze(): () => Promise<void>;
}

/** Starts a server with durable commits, as in production. */
export async function startOwnPostgres(
  cleanup: Cleanup,
  settings: Record<string, string> = {},
  folder?: string,
  env: Record<string, string> = {},
): Promise<OwnPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir: folder ?? (await mkdtemp(join(tmpdir(), 'incidents-faults-'))),
    port: 0,
    temporary: true,
    settings: { max_connections: '300', ...settings },
    env,
  });
  cleanup.add(() => server.stop());
  return ownPostgres(cleanup, server, server.port);
}

export async function startStandby(cleanup: Cleanup, primary: OwnPostgres): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'incidents-faults-'));
  const cluster = await primary.copyTo(folder);
  await writeOwned(cluster, 'standby.signal', '');
  const { username, password } = new URL(primary.url);
  return startOwnPostgres(
    cleanup,
    { primary_conninfo: `host=127.0.0.1 port=${primary.port} user=${username} password=${password}` },
    folder,
  );
}

/** Writes a file for the owner of its folder, because PostgreSQL does not run as root. */
async function writeOwned(folder: string, name: string, content: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, content);
  const { uid, gid } = await stat(folder);
  await chown(file, uid, gid);
}

function ownPostgres(cleanup: Cleanup, server: EmbeddedPostgres, port: number): OwnPostgres {
  const address = new URL(server.url);
  address.port = String(port);
  const { href } = address;
  const cluster = clusterFolder(server.folder);

  const query: OwnPostgres['query'] = (sql, values = []) => runQuery(href, sql, values);
  const runQuery = async <Row extends pg.QueryResultRow>(
    url: string,
    sql: string,
    values: unknown[],
  ): Promise<Row[]> => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      query_timeout: 20_000,
      application_name: 'incidents-faults',
      // Overrides the settings of the database.
      options:
        '-c search_path=public -c client_encoding=UTF8 -c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0',
    });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };

  return {
    url: href,
    port,
    at: (other) => ownPostgres(cleanup, server, other),
    isRunning: () => readProcess(server.pid) !== undefined,
    query,
    async empty() {
      const name = address.pathname.slice(1);
      const beside = databaseUrl(href, 'postgres');
      await runQuery(beside, `drop database ${name} with (force)`, []);
      await runQuery(beside, `create database ${name}`, []);
    },
    restart: (mode) => server.restart(mode),
    async becomeStandby() {
      // Without a primary the server waits for one, which clients see as a standby.
      await writeOwned(cluster, 'standby.signal', '');
      await server.restart('fast');
    },
    async promote() {
      const [row] = await query<{ promoted: boolean }>('select pg_promote() as promoted');
      if (!row?.promoted) throw new Error('the standby was not promoted');
    },
    async copyTo(folder) {
      const client = new pg.Client({ connectionString: href });
      await client.connect();
      try {
        await client.query(`select pg_backup_start('standby', true)`);
        execFileSync('cp', ['-a', `${server.folder}/.`, folder]);
        const { rows } = await client.query<{ labelfile: string }>(
          'select labelfile from pg_backup_stop(false)',
        );
        const copy = clusterFolder(folder);
        await writeOwned(copy, 'backup_label', rows[0]?.labelfile ?? '');
        await rm(join(copy, 'postmaster.pid'));
        return copy;
      } finally {
        await client.end();
      }
    },
    async terminateBackends() {
      await query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
    },
    freeze() {
      // The main process first, because it could start others meanwhile.
      process.kill(server.pid, 'SIGSTOP');
      const all = [
        ...listProcesses().filter(({ pid }) => pid === server.pid),
        ...listProcesses().filter(({ ppid }) => ppid === server.pid),
      ];
      const guard = startExitGuard(
        'kill -CONT "$@"',
        all.map(({ pid }) => String(pid)),
      );
      cleanup.add(() => guard.run());
      for (const one of all) if (isAlive(one)) process.kill(one.pid, 'SIGSTOP');
      return () => guard.run();
    },
  };
}
