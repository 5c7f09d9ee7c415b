import type { ColumnType, Generated } from 'kysely';

export interface IncidentTable {
  id: Generated<number>;
  /** 1–1000 characters. */
  text: string;
  description: string;
  /** `новый`, `в работе` or `закрыт`; a table of the legacy service may hold others. */
  status: string;
  /** Who reported it, 1–100 characters. */
  source: string;
  /** `timestamptz(3)`: milliseconds, as a JavaScript Date has them. */
  created_at: ColumnType<Date, never, never>;
  severity: Generated<string>;
  /** The Telegram username, without `@`. */
  bot: string | null;
  assignee: string | null;
  labels: Generated<Record<string, string>>;
  /** Addresses, in the order of the request. */
  links: Generated<object>;
  /** One open incident per source and key. */
  dedup_key: string | null;
  occurrences: Generated<number>;
  /** Rises with each change, also of those made by hand. */
  version: Generated<number>;
  /** Null stands for `created_at`. */
  last_seen_at: ColumnType<Date | null, never, never>;
  /** Null stands for `created_at`. */
  updated_at: ColumnType<Date | null, never, never>;
  acknowledged_at: ColumnType<Date | null, never, never>;
  closed_at: ColumnType<Date | null, never, never>;
  escalates_at: ColumnType<Date | null, never, never>;
  /** The last time that further reports notified again. */
  renotified_at: ColumnType<Date | null, never, never>;
}
