import { type Kysely, type RawBuilder, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import { FILTER_COLUMNS } from '../incident/incident-list.ts';
import { incidentSummaryJson } from '../incident/incident-row.ts';
import { isoTime } from '../iso-time.ts';
import type { Snapshot } from './read-snapshot.ts';

type FilterColumn = (typeof FILTER_COLUMNS)[number];

/** An event in the order of transactions. Ids do not suffice: they are given before commit. */
export interface EventPlace {
  /** `xid8` */
  transaction: string;
  id: number;
}

export interface UnseenEventRow extends EventPlace {
  kind: string;
  /** `{"event": …, "incident": …}`; the incident is the present one without its large fields, null when deleted. */
  json: string;
  /** Of the present incident; null when deleted. */
  present: Record<FilterColumn, string | null> | null;
  /** The values before the event of the columns that it changed; an empty text for none. */
  before: Partial<Record<FilterColumn, string>>;
}

export interface EventRange {
  /** Events that this snapshot sees are left out. */
  from: Snapshot;
  /** So are events that this later snapshot does not see. */
  to: Snapshot;
}

export const MAX_UNSEEN_EVENTS = 100;

/** @returns the next `MAX_UNSEEN_EVENTS` events of the range */
export async function selectUnseenEvents(
  db: Kysely<Database>,
  { from, to }: EventRange,
  after: EventPlace = { transaction: '0', id: 0 },
): Promise<UnseenEventRow[]> {
  const { rows } = await selectStatement(db, from, to, after.transaction, after.id);
  return rows;
}

/** @returns at most `max` */
export async function countUnseenEvents(
  db: Kysely<Database>,
  { from, to }: EventRange,
  max: number,
): Promise<number> {
  const { rows } = await countStatement(db, from, to, max);
  return rows[0]?.events ?? 0;
}

/** Two conditions with an index each. From `pg_snapshot_xmin` on, an old transaction would mean to read all since. */
const unseen = (from: string, to: string, rest: RawBuilder<unknown>) => sql`
  (select * from incident_events
   where transaction >= pg_snapshot_xmax(${from}::pg_snapshot)
     and pg_visible_in_snapshot(transaction, ${to}::pg_snapshot) ${rest})
  union all
  (select * from incident_events
   where transaction = any(array(select pg_snapshot_xip(${from}::pg_snapshot)))
     and pg_visible_in_snapshot(transaction, ${to}::pg_snapshot) ${rest})`;

const order = sql`order by transaction, id limit ${sql.lit(MAX_UNSEEN_EVENTS)}`;

const filterColumns = (value: (column: FilterColumn) => RawBuilder<unknown>) =>
  sql.join(FILTER_COLUMNS.flatMap((column) => [sql`${sql.lit(column)}::text`, value(column)]));

const selectStatement = compileOnce(
  (from: string, to: string, afterTransaction: string, afterId: number) => sql<UnseenEventRow>`
    with event as (
      select * from (
        ${unseen(from, to, sql`and (transaction, id) > (${afterTransaction}::xid8, ${afterId}::bigint) ${order}`)}
      ) as unseen ${order}
    )
    select event.transaction::text as transaction, event.id, event.kind,
      json_build_object(
        'event', json_build_object('id', event.id, 'incident_id', event.incident_id, 'kind', event.kind,
          'changes', event.changes - array['description', 'links'],
          'comment', event.comment, 'actor', event.actor,
          'request_id', event.request_id, 'at', ${isoTime('event.at')}),
        'incident', case when incidents.id is not null then ${incidentSummaryJson('incidents')} end
      )::text as json,
      case when incidents.id is not null then
        json_build_object(${filterColumns((column) => sql`incidents.${sql.ref(column)}`)}) end as present,
      json_strip_nulls(json_build_object(${filterColumns(
        (column) => sql`event.changes->${sql.lit(column)}->>'from'`,
      )})) as before
    -- LIMIT keeps it a look at the index per event: on tables without statistics PostgreSQL would join all incidents.
    from event left join lateral (
      select * from incidents where incidents.id = event.incident_id limit 1
    ) as incidents on true
    order by event.transaction, event.id`,
);

const countStatement = compileOnce(
  (from: string, to: string, max: number) => sql<{ events: number }>`
    select count(*) as events from (
      select from (${unseen(from, to, sql``)}) as unseen limit ${max}
    ) as counted`,
);
