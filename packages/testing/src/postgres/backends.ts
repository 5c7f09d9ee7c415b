import type { Db } from '@incidents/db/client';
import { expect } from 'vitest';
import { eventually } from '../eventually.ts';

export const waitingForLock = (db: Db, applicationName: string, count = 1) =>
  eventually(async () => {
    const { rows } = await db.pool.query<{ waiting: number }>(
      `select count(*) as waiting from pg_stat_activity
       where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'`,
      [applicationName],
    );
    expect(rows[0]?.waiting).toBe(count);
  });

export const backendsGone = (db: Db, applicationName: string) =>
  eventually(async () => {
    const { rows } = await db.pool.query<{ query: string }>(
      `select query from pg_stat_activity where datname = current_database() and application_name = $1`,
      [applicationName],
    );
    expect(rows).toEqual([]);
  });
