import { randomBytes } from 'node:crypto';
import type { Db } from '@incidents/db/client';
import type { ActorOf } from './make-incidents.ts';

/** Stores a revoked key for each name, so that the authors in the history are holders of keys. No text has their digests. */
export async function insertKeys(client: Pick<Db['pool'], 'query'>, names: string[]): Promise<ActorOf> {
  const actors = new Map<string, string>();
  for (const name of names) {
    const { rows } = await client.query<{ id: number }>(
      `insert into api_keys (name, prefix, digest, scopes, created_at, revoked_at)
       values ($1, 'inc_demo', $2, '{incidents:read,incidents:write}', now() - interval '31 days', now()) returning id`,
      [name, randomBytes(32)],
    );
    actors.set(name, `key:${rows[0]?.id}:${name}`);
  }
  return (name) => {
    const actor = actors.get(name);
    if (actor === undefined) throw new Error(`${name} has no key`);
    return actor;
  };
}
