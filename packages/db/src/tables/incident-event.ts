import type { ColumnType, Generated } from 'kysely';

export type EventKind =
  | 'created'
  | 'updated'
  | 'commented'
  | 'occurred_again'
  | 'notified'
  | 'escalated'
  | 'deleted';

/** One line of an incident's history; never changed, and deleted by retention alone. */
export interface IncidentEventTable {
  id: Generated<number>;
  incident_id: number;
  kind: EventKind;
  /** Old and new value by field as texts; labels and links as JSON. Empty for `created`. */
  changes: Record<string, { from: string; to: string }>;
  /** The text of a `commented` event, the channel of a `notified` one. */
  comment: string | null;
  /** Of a `notified` event: the event whose first message has left. */
  notified_event_id: number | null;
  actor: string;
  request_id: string;
  /** `xid8` of the transaction that wrote it. */
  transaction: ColumnType<string, never, never>;
  /** `timestamptz(3)` */
  at: ColumnType<Date, never, never>;
}
