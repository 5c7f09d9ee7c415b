import { type Kysely, sql } from 'kysely';
import { requiredPrivileges } from './required-privileges.ts';
import type { Database } from './tables/database.ts';

/**
 * Writes no row, because a probe must not consume ids. Returns undefined when the database takes writes.
 * @throws the database's error when it does not answer
 */
export async function findWriteObstacle(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await sql<{ read_only: boolean; missing: string[] }>`
    with required as materialized (${requiredPrivileges})
    select current_setting('transaction_read_only') = 'on' as read_only,
      array(
        select privilege || ' on ' || object from required
        where not case kind
            when 'schema' then has_schema_privilege(oid, privilege)
            when 'sequence' then has_sequence_privilege(oid, privilege)
            when 'function' then has_function_privilege(oid, privilege)
            else has_table_privilege(oid, privilege)
          end
          or kind = 'table' and row_security_active(oid) and not exists (
            select from pg_policy, unnest(polroles) as role
            where polrelid = required.oid and polpermissive and polcmd in ('*', case privilege
                when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' else 'd' end)
              and (role = 0 or pg_has_role(role, 'USAGE')))
        order by kind, object
      ) as missing`.execute(db);
  const [found] = rows;
  // Also true on a hot standby.
  if (found?.read_only) return 'it is read-only';
  const [first, ...others] = found?.missing ?? [];
  if (first === undefined) return undefined;
  return `the role has no ${first}${others.length > 0 ? `, and lacks ${others.length} more privileges` : ''}`;
}
