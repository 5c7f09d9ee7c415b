import type { ColumnType, Generated } from 'kysely';

/** One line of an incident's history; never changed, never deleted. */
export interface IncidentEventTable {
  id: Generated<number>;
  incident_id: number;
  kind: 'created' | 'updated';
  /** Old and new value by field; empty for `created`. */
  changes: Record<string, { from: string; to: string }>;
  actor: string;
  request_id: string;
  /** `xid8` of the transaction that wrote it. */
  transaction: ColumnType<string, never, never>;
  /** `timestamptz(3)` */
  at: ColumnType<Date, never, never>;
}
