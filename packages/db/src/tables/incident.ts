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
}
