import { onServer } from '@incidents/testing/postgres/template';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseSettings } from '../../testing/database-settings.ts';
import { applyStatisticsChanges } from './apply-statistics-changes.ts';
import { readStatistics } from './read-statistics.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

// Fourteen hours before UTC and eleven behind it.
describe.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])('in the time zone %s', (zone) => {
  const database = useTestDatabase();

  beforeAll(async () => {
    const name = new URL(database.url).pathname.slice(1);
    // Not through the pool: its connections are to be made after it.
    await onServer(database.url, (client) => client.query(`alter database ${name} set timezone = '${zone}'`));
    expect(await databaseSettings(database.db)).toContain(`TimeZone=${zone}`);
  });
  beforeEach(() => database.db.pool.query('truncate incidents'));

  test('returns 30 days of zeros that end today without incidents', async () => {
    const before = Date.now();
    const statistics = await readStatistics(database.db.kysely, []);
    expect(statistics).toEqual({
      by_status: { named: {}, other: 0 },
      by_source: { named: {}, other: 0 },
      by_day: expect.any(Array),
      computed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(Date.parse(statistics.computed_at)).toBeGreaterThanOrEqual(before - 1000);
    const days = statistics.by_day;
    expect(days).toHaveLength(30);
    expect(days.every(({ incidents }) => incidents === 0)).toBe(true);
    // The day may have changed while the figures were read.
    const today = [before, Date.now()].map((instant) => new Date(instant).toISOString().slice(0, 10));
    expect(today).toContain(days.at(-1)?.date);
    for (const [index, { date }] of days.entries()) {
      expect(Date.parse(days.at(-1)?.date ?? '') - Date.parse(date)).toBe((29 - index) * DAY_MS);
    }
  });

  test('counts an incident for its UTC day; older ones only for status and source', async () => {
    await database.db.pool.query(`
      insert into incidents (text, description, status, source, created_at)
      select 'т', 'о', status, 'operator', (date_trunc('day', now() at time zone 'UTC') + shift) at time zone 'UTC'
      from (values
        ('новый', interval '0'),
        ('новый', interval '1 day' - interval '1 millisecond'),
        ('закрыт', - interval '1 millisecond'),
        ('новый', interval '-29 days'),
        ('в работе', interval '-29 days' - interval '1 millisecond')
      ) as made (status, shift)`);
    await applyStatisticsChanges(database.db.kysely);
    const { by_status, by_source, by_day } = await readStatistics(database.db.kysely, []);
    expect(Object.entries(by_status.named)).toEqual([
      ['новый', 3],
      ['в работе', 1],
      ['закрыт', 1],
    ]);
    expect(by_source).toEqual({ named: { operator: 5 }, other: 0 });
    expect(by_day.map(({ incidents }) => incidents)).toEqual([1, ...Array<number>(27).fill(0), 1, 2]);
  });

  test('omits a value without incidents', async () => {
    await database.db.pool.query(
      `insert into incidents (text, description, source) values ('т', 'о', 'operator'), ('т', 'о', 'partner')`,
    );
    await applyStatisticsChanges(database.db.kysely);
    await database.db.pool.query(`delete from incidents where source = 'operator'`);
    await applyStatisticsChanges(database.db.kysely);
    const { by_status, by_source } = await readStatistics(database.db.kysely, []);
    expect(by_source.named).toEqual({ partner: 1 });
    expect(by_status.named).toEqual({ новый: 1 });
  });

  test('counts values that are names of object prototypes', async () => {
    await database.db.pool.query(
      `insert into incidents (text, description, source) values ('т', 'о', 'constructor'), ('т', 'о', 'toString'), ('т', 'о', '12'), ('т', 'о', '__proto__')`,
    );
    await applyStatisticsChanges(database.db.kysely);
    const { by_source } = await readStatistics(database.db.kysely, []);
    expect(JSON.stringify(by_source.named)).toBe('{"12":1,"__proto__":1,"constructor":1,"toString":1}');
  });

  test('names fifty values, the required and then the largest, and sums the others', async () => {
    await database.db.pool.query(`
      insert into incidents (text, description, status, source)
      select 'т', 'о', 'status ' || n, 'source ' || lpad(n::text, 3, '0')
      from generate_series(1, 120) as n, generate_series(1, n % 3 + 1)
      union all select 'т', 'о', 'новый', 'source 120'`);
    await applyStatisticsChanges(database.db.kysely);
    const { by_status, by_source } = await readStatistics(database.db.kysely, ['новый', 'закрыт']);
    for (const { named, other } of [by_status, by_source]) {
      expect(Object.keys(named)).toHaveLength(50);
      const sum = Object.values(named).reduce((total, incidents) => total + incidents, 0);
      expect(sum + other).toBe(241);
    }
    expect(by_status.named).toHaveProperty('новый', 1);
    expect(Object.entries(by_source.named).slice(38, 42)).toEqual([
      ['source 116', 3],
      ['source 119', 3],
      ['source 001', 2],
      ['source 004', 2],
    ]);
  });

  test('omits negative totals', async () => {
    await database.db.pool.query(`
      insert into incidents (text, description, source) values ('т', 'о', 'operator'), ('т', 'о', '')`);
    await applyStatisticsChanges(database.db.kysely);
    await database.db.pool.query(`update incident_statistics set incidents = -7 where value = 'operator'`);
    const { by_status, by_source } = await readStatistics(database.db.kysely, []);
    expect(by_status).toEqual({ named: { новый: 2 }, other: 0 });
    expect(by_source).toEqual({ named: { '': 1 }, other: 0 });
  });
});
