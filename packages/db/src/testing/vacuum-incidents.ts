import { eventually } from '@incidents/testing/eventually';
import type pg from 'pg';
import { expect } from 'vitest';

/**
 * Vacuums and analyzes until every page counts as visible to all, as index-only scans need it.
 * A snapshot that began before, such as that of an automatic analyze, keeps pages back. Rows that were committed
 * asynchronously do, too.
 */
export const vacuumIncidents = (pool: pg.Pool): Promise<void> =>
  eventually(async () => {
    await pool.query('vacuum analyze incidents');
    const { rows } = await pool.query(
      `select relpages - relallvisible as hidden_pages from pg_class where oid = 'incidents'::regclass`,
    );
    expect(rows).toEqual([{ hidden_pages: 0 }]);
  });
