import type { Scope } from '@incidents/contracts';
import { createApiKey } from '@incidents/core/api-key/create-api-key';
import type { TestDatabase } from '@incidents/testing/postgres/test-database';

export const keysIn = (database: TestDatabase) => {
  const create = async (scopes: Scope[], name = 'test') =>
    createApiKey({ db: database.db.kysely }, { name, scopes });
  const change = async (id: number, assignment: string) => {
    await database.db.pool.query(`update api_keys set ${assignment} where id = $1`, [id]);
  };
  return {
    create,
    expire: (id: number) => change(id, `expires_at = now() - interval '1 second'`),
    revoke: (id: number) => change(id, 'revoked_at = now()'),
    async clear() {
      await database.db.pool.query('truncate api_keys, sessions restart identity');
    },
  };
};

export const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
