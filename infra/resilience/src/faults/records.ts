import { HEARTBEAT_TASKS, LEASE_SECONDS } from '@incidents/db/lease';
import type { OwnPostgres } from '../postgres/own-postgres.ts';
import type { StoredIncident } from './accepted-incidents.ts';

/** A pool is named `host:pid`. */
const POOL_PID = `split_part(name, ':', 2)`;

export const readStoredIncidents = ({ query }: OwnPostgres): Promise<StoredIncident[]> =>
  query<Pick<StoredIncident, 'id' | 'text' | 'events'>>(
    `select incidents.id::int, incidents.text, coalesce(events, '[]') as events
     from incidents left join (
       select incident_id, json_agg(json_build_object('kind', kind, 'deliveries', coalesce(deliveries, '[]')) order by id) as events
       from incident_events left join (
         select event_id, json_agg(json_build_object('channel', channel, 'state', state)) as deliveries
         from deliveries group by event_id
       ) as delivery on event_id = incident_events.id
       where kind in ('created', 'escalated') or kind = 'updated' and changes ?| array['status', 'severity']
       group by incident_id
     ) as history on incident_id = incidents.id`,
  );

export async function countOrphans({ query }: OwnPostgres): Promise<number> {
  const [row] = await query<{ orphans: number }>(
    `select (select count(*) from incident_events where incident_id not in (select id from incidents))::int
       + (select count(*) from deliveries where incident_id not in (select id from incidents))::int as orphans`,
  );
  return row?.orphans ?? 0;
}

export async function countSendsInFlight({ query }: OwnPostgres, pid?: number): Promise<number> {
  const [row] = await query<{ sending: number }>(
    `select count(*)::int as sending from deliveries
     where state = 'sending' and ($1::text is null or exists (
       select from worker_pools where pool_id = claimed_by and ${POOL_PID} = $1))`,
    [pid === undefined ? null : String(pid)],
  );
  return row?.sending ?? 0;
}

/** Unfinished jobs except `expected`, each with its lock. */
export async function findUnfinishedJobs({ query }: OwnPostgres, expected: number[]): Promise<string[]> {
  const rows = await query<{ job: string }>(
    `select concat(
       task_identifier, ' ', id, ', attempt ', attempts, ' of ', max_attempts,
       ', locked for ' || extract(epoch from now() - locked_at)::int || ' s by '
         || coalesce(name || ', last heartbeat ' || extract(epoch from now() - heartbeat_at)::int || ' s ago', 'no pool'),
       ': ' || left(last_error, 100)) as job
     from graphile_worker.jobs left join worker_pools on pool_id = locked_by
     where task_identifier not like $1 and id <> all($2::bigint[])
     order by locked_at`,
    [HEARTBEAT_TASKS, expected],
  );
  return rows.map(({ job }) => job);
}

export async function findDeadLocks({ query }: OwnPostgres, livingPids: number[]): Promise<string[]> {
  const rows = await query<{ job: string }>(
    `select format('%s %s by %s', task_identifier, id, locked_by) as job
     from graphile_worker.jobs where locked_by is not null and not exists (
       select from worker_pools
       where pool_id = locked_by and heartbeat_at > now() - make_interval(secs => $1)
         and ${POOL_PID} = any($2::text[]))`,
    [LEASE_SECONDS, livingPids.map(String)],
  );
  return rows.map(({ job }) => job);
}
