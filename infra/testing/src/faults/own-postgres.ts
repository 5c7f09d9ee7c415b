import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseUrl } from '@incidents/db/testing/template';
import { startEmbeddedPostgres } from '@incidents/local/embedded-postgres';
import { clusterFolder } from '@incidents/local/postmaster';
import { isAlive, listProcesses, readProcess } from '@incidents/local/process-table';
import pg from 'pg';
import type { Cleanup } from './cleanup.ts';
import { leaveLastWill } from './last-will.ts';

/** A PostgreSQL that may be ill-treated. */
export interface OwnPostgres {
  url: string;
  /** Whether the server's main process lives. */
  isRunning(): boolean;
  /** Asks over a connection of its own; nothing that was asked before stands in its way. */
  ask<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Makes its database an empty one again. */
  empty(): Promise<void>;
  /** Ends the server and starts it again; resolves when it accepts connections. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Restarts the server as a hot standby: it reads, and refuses to write, until it is promoted. */
  becomeStandby(): Promise<void>;
  /** Makes the standby a primary; resolves when it takes writes. */
  promote(): Promise<void>;
  /** Ends every connection of the services. */
  terminateBackends(): Promise<void>;
  /** Stops every process of the server where it stands; returns what lets them go on. */
  freeze(): () => Promise<void>;
}

/**
 * Starts one with the settings of production: a reply that it gave holds.
 * @param folder for its data; a temporary one unless given
 * @param env more variables of its environment
 */
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

  const ask: OwnPostgres['ask'] = (sql, values = []) => query(server.url, sql, values);
  const query = async <Row extends pg.QueryResultRow>(
    url: string,
    sql: string,
    values: unknown[],
  ): Promise<Row[]> => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      query_timeout: 20_000,
      application_name: 'incidents-faults',
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
    url: server.url,
    isRunning: () => readProcess(server.pid) !== undefined,
    ask,
    async empty() {
      const name = new URL(server.url).pathname.slice(1);
      const beside = databaseUrl(server.url, 'postgres');
      await query(beside, `drop database ${name} with (force)`, []);
      await query(beside, `create database ${name}`, []);
    },
    restart: (mode) => server.restart(mode),
    async becomeStandby() {
      // Without a primary to follow it waits for one for ever, which is all that its clients see of a standby.
      await writeFile(join(clusterFolder(server.folder), 'standby.signal'), '');
      await server.restart('fast');
    },
    async promote() {
      const [row] = await ask<{ promoted: boolean }>('select pg_promote() as promoted');
      if (!row?.promoted) throw new Error('the standby was not promoted');
    },
    async terminateBackends() {
      await ask(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
    },
    freeze() {
      // The main process first: it must not start others meanwhile.
      process.kill(server.pid, 'SIGSTOP');
      const all = [
        ...listProcesses().filter(({ pid }) => pid === server.pid),
        ...listProcesses().filter(({ ppid }) => ppid === server.pid),
      ];
      const will = leaveLastWill(
        'kill -CONT "$@"',
        all.map(({ pid }) => String(pid)),
      );
      cleanup.add(() => will.execute());
      for (const one of all) if (isAlive(one)) process.kill(one.pid, 'SIGSTOP');
      return () => will.execute();
    },
  };
}
