import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';

export async function countIncidents(db: Kysely<Database>, status: string | undefined): Promise<number> {
  const all = db.selectFrom('incidents').select(({ fn }) => fn.countAll<number>().as('count'));
  const matching = status === undefined ? all : all.where('status', '=', status);
  return (await matching.executeTakeFirstOrThrow()).count;
}
