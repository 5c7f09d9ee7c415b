import { Incident, Statistics } from '@incidents/contracts';
import { applyStatisticsChanges } from '@incidents/db/queries/statistics/apply-statistics-changes';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

beforeEach(() => database.db.pool.query('truncate incidents'));

const runJob = () => applyStatisticsChanges(database.db.kysely);

const read = async (path = '/statistics') => {
  const { status, body } = await request(path);
  expect(status).toBe(200);
  return Statistics.parse(body);
};

describe('GET /statistics', () => {
  test.each(['/statistics', '/statistics/'])(
    'returns zeros and 30 days for %s of an empty database',
    async (path) => {
      const { by_day, computed_at, ...rest } = await read(path);
      expect(rest).toEqual({
        total: 0,
        by_status: { новый: 0, 'в работе': 0, закрыт: 0 },
        by_status_other: 0,
        by_source: {},
        by_source_other: 0,
      });
      expect(by_day).toHaveLength(30);
      expect(by_day.every(({ incidents }) => incidents === 0)).toBe(true);
      expect(Math.abs(Date.parse(computed_at) - Date.now())).toBeLessThan(60_000);
    },
  );

  test('returns consecutive days up to today (UTC)', async () => {
    const { by_day } = await read();
    const days = by_day.map(({ date }) => Date.parse(date) / 86_400_000);
    const [first = Number.NaN] = days;
    expect(days).toEqual(Array.from({ length: 30 }, (_, index) => first + index));
    expect(Math.abs(Date.now() / 86_400_000 - first - 29.5)).toBeLessThan(1);
  });

  test('counts new incidents after the job has run', async () => {
    await post('/incidents/', newIncident);
    await post('/incidents/', newIncident);
    await post('/incidents/', { ...newIncident, status: 'закрыт', source: 'monitoring' });
    expect((await read()).total).toBe(0);

    await runJob();
    const { total, by_status, by_source, by_day } = await read();
    expect({ total, by_status, by_source }).toEqual({
      total: 3,
      by_status: { новый: 2, 'в работе': 0, закрыт: 1 },
      by_source: { operator: 2, monitoring: 1 },
    });
    expect(by_day.reduce((sum, { incidents }) => sum + incidents, 0)).toBe(3);
  });

  test('sorts sources by count', async () => {
    for (const source of ['b', 'c', 'c', 'a', 'b', 'c'])
      await post('/incidents/', { ...newIncident, source });
    await runJob();
    expect(Object.entries((await read()).by_source)).toEqual([
      ['c', 3],
      ['b', 2],
      ['a', 1],
    ]);
  });

  test('moves a changed incident once, also when the job runs twice', async () => {
    const { id } = Incident.parse((await post('/incidents/', newIncident)).body);
    await runJob();
    await patch(`/incidents/${id}`, { status: 'в работе', source: 'partner' });
    await runJob();
    const moved = await read();
    expect(moved).toMatchObject({
      total: 1,
      by_status: { новый: 0, 'в работе': 1, закрыт: 0 },
      by_source: { partner: 1 },
    });
    await runJob();
    expect(await read()).toEqual(moved);
  });

  test.each(['__proto__', 'constructor', 'toString', '"quoted"', '{}', '1', '\u{1F600}'])(
    'counts a source named %s',
    async (source) => {
      expect((await post('/incidents/', { ...newIncident, source })).status).toBe(201);
      await runJob();
      const { text } = await request('/statistics');
      expect(text).toContain(`"by_source":{${JSON.stringify(source)}:1}`);
    },
  );

  test('shares the reply between concurrent requests', async () => {
    const asked = vi.spyOn(database.db.pool, 'connect');
    const replies = await Promise.all(Array.from({ length: 40 }, () => read()));
    expect(new Set(replies.map(({ computed_at }) => computed_at)).size).toBe(1);
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
  });
});
