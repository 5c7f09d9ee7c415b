import { type RawBuilder, sql } from 'kysely';
import { isoTime } from '../iso-time.ts';

/** Times are ISO 8601 in UTC with milliseconds, formatted by PostgreSQL: `2025-11-08T12:00:00.000Z`. */
export interface IncidentRow {
  id: number;
  text: string;
  description: string;
  status: string;
  source: string;
  created_at: string;
  severity: string;
  bot: string | null;
  assignee: string | null;
  labels: Record<string, string>;
  links: string[];
  dedup_key: string | null;
  occurrences: number;
  last_seen_at: string;
  updated_at: string;
  acknowledged_at: string | null;
  closed_at: string | null;
  escalates_at: string | null;
  version: number;
}

/** `IncidentRow` as JSON, of a table or query with the columns of `incidents`. */
export const incidentJson = (from: string): RawBuilder<unknown> => toJson(from, { isSummary: false });

/** The same without `description` and `links`, whose size is for single incidents only. */
export const incidentSummaryJson = (from: string): RawBuilder<unknown> => toJson(from, { isSummary: true });

/** `OFFSET` keeps the creation's text a value of its own: formatting a time costs more than the rest of a field. */
function toJson(from: string, { isSummary }: { isSummary: boolean }): RawBuilder<unknown> {
  const column = (name: string) => sql.ref(`${from}.${name}`);
  const time = (name: string) => isoTime<string | null>(`${from}.${name}`);
  const unlessSummary = (name: string) => (isSummary ? sql`` : sql`${column(name)},`);
  return sql`(
    select row_to_json(incident) from (
      select ${column('id')}, ${column('text')}, ${unlessSummary('description')} ${column('status')}, ${column('source')},
        creation.at as created_at, ${column('severity')}, ${column('bot')}, ${column('assignee')},
        ${column('labels')}, ${unlessSummary('links')} ${column('dedup_key')}, ${column('occurrences')},
        coalesce(${time('last_seen_at')}, creation.at) as last_seen_at,
        coalesce(${time('updated_at')}, creation.at) as updated_at,
        ${time('acknowledged_at')} as acknowledged_at, ${time('closed_at')} as closed_at,
        ${time('escalates_at')} as escalates_at, ${column('version')}
      from (select ${time('created_at')} as at offset 0) as creation
    ) as incident
  )`;
}
