import { createDb, type Db } from '@incidents/db/client';
import { isSchemaCurrent } from '@incidents/db/is-schema-current';
import { type Inserted, insertIncidents, updateStatistics } from './insert-incidents.ts';
import { insertKeys } from './insert-keys.ts';
import { MONITORING, makeIncidents, PARTNER } from './make-incidents.ts';
import { PEOPLE } from './stories.ts';

/** Its message tells the user the next step. Nothing was stored. */
export class DemoRefusedError extends Error {
  override readonly name = 'DemoRefusedError';
}

export interface FillOptions {
  url: string;
  seed: number;
  incidents: number;
  /** Also into a database that is not empty. */
  force: boolean;
  now: number;
  report: (stored: number, total: number) => void;
}

/** Two programs at once find the database empty one after the other. */
const LOCK = 7_031_422;

/**
 * Stores a month of incidents in one transaction, then brings the statistics up to date.
 * @throws DemoRefusedError, and the database's errors
 */
export async function fillDatabase({ url, ...options }: FillOptions): Promise<Inserted> {
  const db = createDb({
    url,
    poolSize: 2,
    applicationName: 'incidents-demo',
    onConnectionError: () => {},
    statementTimeoutMs: 30_000,
  });
  try {
    if (!(await isSchemaCurrent(db.kysely)))
      throw new DemoRefusedError('The database has not been migrated: npx pnpm@12 migrate');
    const client = await db.pool.connect();
    try {
      await client.query('begin');
      const inserted = await fill(client, options);
      await client.query('commit');
      await updateStatistics(db.kysely);
      return inserted;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  } finally {
    await db.close();
  }
}

async function fill(
  client: Pick<Db['pool'], 'query'>,
  { seed, incidents, force, now, report }: Omit<FillOptions, 'url'>,
): Promise<Inserted> {
  await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
  const filled = force ? [] : await findFilledTables(client);
  if (filled.length > 0)
    throw new DemoRefusedError(
      `The database is not empty (${filled.join(', ')}). Nothing was stored; --force stores the demo data beside it.`,
    );
  const actorOf = await insertKeys(client, [MONITORING, PARTNER, ...PEOPLE]);
  const takenKeys = await findTakenKeys(client);
  return insertIncidents(client, makeIncidents({ seed, now, incidents, actorOf, takenKeys }), report);
}

async function findTakenKeys(client: Pick<Db['pool'], 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    `select source || ' ' || dedup_key as key from incidents where dedup_key is not null and status <> 'закрыт'`,
  );
  return rows.map(({ key }) => key);
}

async function findFilledTables(client: Pick<Db['pool'], 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select name from (values
      ('incidents', exists (select from incidents)),
      ('incident_events', exists (select from incident_events)),
      ('deliveries', exists (select from deliveries)),
      ('deleted_incidents', exists (select from deleted_incidents))
    ) as tables (name, is_filled) where is_filled`);
  return rows.map(({ name }) => name);
}
