import { eventually } from '@incidents/testing/eventually';
import type pg from 'pg';
import { expect } from 'vitest';

/**
 * Stores incidents a minute apart, for tests of plans. The older ones, as many as `closed`, have the status `закрыт`, but
 * each hundredth has `отложен`. Each hundredth also has the severity `critical`, `rare_bot` and the assignee `Анна`.
 */
export async function storeManyIncidents(
  pool: pg.Pool,
  { count, closed }: { count: number; closed: number },
): Promise<void> {
  // A vacuum takes rows of an asynchronous commit for not visible to all.
  await pool.query(`
    set synchronous_commit = on;
    insert into incidents (severity, bot, assignee, text, description, status, source, created_at)
    select case when n % 100 = 0 then 'critical' else 'error' end,
      case when n % 2 = 0 then (array['rare_bot', 'shop_bot'])[1 + least(n % 100, 1)] end,
      case when n % 2 = 0 then (array['Анна', 'Пётр'])[1 + least(n % 100, 1)] end,
      'инцидент ' || n, repeat('описание ', 20), case
        when n > ${closed} then (array['новый', 'в работе'])[1 + n % 2]
        when n % 100 = 0 then 'отложен'
        else 'закрыт'
      end, 'operator', now() - (${count} - n) * interval '1 minute'
    from generate_series(1, ${count}) as n`);
  // A snapshot that began before, such as that of an automatic analyze, keeps pages from index-only scans.
  await eventually(async () => {
    await pool.query('vacuum analyze incidents');
    const { rows } = await pool.query(
      `select relpages - relallvisible as hidden_pages from pg_class where oid = 'incidents'::regclass`,
    );
    expect(rows).toEqual([{ hidden_pages: 0 }]);
  });
}
