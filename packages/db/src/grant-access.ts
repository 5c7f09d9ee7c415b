import { type Kysely, sql, type Transaction } from 'kysely';
import { createDb } from './client.ts';
import { type RequiredPrivilege, requiredPrivileges } from './required-privileges.ts';
import type { Database } from './tables/database.ts';

/**
 * Grants the privileges of API and worker, and no others. Needed after each migration. `databaseUrl` is that of the owner.
 * @throws the database's error; no privilege was granted then
 */
export async function grantAccess(databaseUrl: string, role: string): Promise<void> {
  const db = createDb({
    url: databaseUrl,
    poolSize: 1,
    applicationName: 'incidents-migrate',
    onConnectionError: () => {},
  });
  try {
    await db.kysely.transaction().execute(async (transaction) => {
      for (const required of await listMissing(transaction, role)) await grant(transaction, role, required);
      for (const table of await listClosedTables(transaction, role)) {
        // The queue's tables have row-level security and no policy, so only their owner sees rows.
        await sql`create policy ${sql.id(role)} on ${sql.raw(table)} to ${sql.id(role)}
          using (true) with check (true)`.execute(transaction);
      }
    });
  } finally {
    await db.close();
  }
}

/** Grants only missing privileges: the owner may not be allowed to grant those that PUBLIC has. */
async function listMissing(db: Kysely<Database>, role: string): Promise<RequiredPrivilege[]> {
  const { rows } = await sql<RequiredPrivilege>`
    with required as materialized (${requiredPrivileges})
    select kind, object, privilege from required
    where not case kind
      when 'schema' then has_schema_privilege(${role}, oid, privilege)
      when 'sequence' then has_sequence_privilege(${role}, oid, privilege)
      when 'function' then has_function_privilege(${role}, oid, privilege)
      else has_table_privilege(${role}, oid, privilege)
    end`.execute(db);
  return rows;
}

const grant = (db: Transaction<Database>, role: string, { kind, object, privilege }: RequiredPrivilege) =>
  sql`grant ${sql.raw(privilege)} on ${sql.raw(kind)} ${sql.raw(object)} to ${sql.id(role)}`.execute(db);

async function listClosedTables(db: Kysely<Database>, role: string): Promise<string[]> {
  const { rows } = await sql<{ object: string }>`
    select distinct object from (${requiredPrivileges}) as required join pg_class on pg_class.oid = required.oid
    where kind = 'table' and relrowsecurity
      and not exists (select from pg_policy where polrelid = required.oid and polname = ${role})`.execute(db);
  return rows.map(({ object }) => object);
}
