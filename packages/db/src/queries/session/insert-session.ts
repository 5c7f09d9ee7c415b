import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Has one of `keyId` and `adminKeyDigest`. */
export async function insertSession(
  db: Kysely<Database>,
  session: {
    digest: Buffer;
    keyId: number | null;
    adminKeyDigest: Buffer | null;
    lifetimeSeconds: number;
  },
): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      digest: session.digest,
      key_id: session.keyId,
      admin_key_digest: session.adminKeyDigest,
      expires_at: sql<Date>`now() + make_interval(secs => ${session.lifetimeSeconds}::float8)`,
    })
    .execute();
}
