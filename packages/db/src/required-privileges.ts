import { type RawBuilder, sql } from 'kysely';
import type { Database } from './tables/database.ts';

const TABLES: Record<keyof Database, true> = {
  api_keys: true,
  deleted_incidents: true,
  deliveries: true,
  idempotency_keys: true,
  incident_events: true,
  incident_statistics: true,
  incident_statistics_changes: true,
  incidents: true,
  job_runs: true,
  outboxes: true,
  recipient_tests: true,
  sessions: true,
  telegram_chat_migrations: true,
  telegram_messages: true,
  telegram_turns: true,
  worker_pools: true,
};

const QUEUE_SCHEMA = 'graphile_worker';

/** What only migrations write. */
const READ_ONLY = ['kysely_migration', 'migrations'];

export interface RequiredPrivilege {
  /** A table includes the row-level security that may hide its rows. */
  kind: 'schema' | 'table' | 'sequence' | 'function';
  /** As SQL names it: `graphile_worker.add_jobs(…)`. */
  object: string;
  privilege: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'USAGE' | 'EXECUTE';
}

/** With `oid`, from catalogs that all roles may read. Materialize it: sequence functions fail on other objects. */
export const requiredPrivileges: RawBuilder<unknown> = sql`
  select 'schema' as kind, oid, format('%I', nspname) as object, 'USAGE' as privilege
  from pg_namespace where nspname in (current_schema(), ${sql.lit(QUEUE_SCHEMA)})
  union all
  select 'table', relation.oid, format('%I.%I', nspname, relname), privilege
  from pg_class as relation join pg_namespace as namespace on namespace.oid = relnamespace,
    unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as privilege
  where (nspname = ${sql.lit(QUEUE_SCHEMA)} and relkind in ('r', 'v')
      or nspname = current_schema() and relname in (${sql.join([...Object.keys(TABLES), 'kysely_migration'].map((name) => sql.lit(name)))}))
    and (privilege = 'SELECT' or relkind = 'r' and relname not in (${sql.join(READ_ONLY.map((name) => sql.lit(name)))}))
  union all
  -- Those of serial columns: identity columns need none.
  select 'sequence', sequence.oid, format('%I.%I', nspname, sequence.relname), 'USAGE'
  from pg_attrdef join pg_depend on classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid
    join pg_class as sequence on refclassid = 'pg_class'::regclass and refobjid = sequence.oid and relkind = 'S'
    join pg_namespace as namespace on namespace.oid = sequence.relnamespace
    join pg_class as owning on owning.oid = adrelid
  where nspname = current_schema() and owning.relname in (${sql.join(Object.keys(TABLES).map((name) => sql.lit(name)))})
  union all
  select 'function', pg_proc.oid,
    format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)), 'EXECUTE'
  from pg_proc join pg_namespace as namespace on namespace.oid = pronamespace
  where nspname = ${sql.lit(QUEUE_SCHEMA)}`;
