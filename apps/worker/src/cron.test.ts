import { catalog } from '@incidents/jobs/catalog';
import { expect, test } from 'vitest';
import { cronItems } from './cron.ts';

test('each cron item names a job of the catalog, with its payload and more than one attempt', () => {
  expect(cronItems.map(({ task }) => task)).toEqual(['prune_job_runs', 'prune_incidents']);
  for (const { task, payload, options } of cronItems) {
    const job = Object.values(catalog).find(({ name }) => name === task);
    expect(job?.payload.safeParse({ ...payload, _cron: { ts: '', backfilled: false } }).success).toBe(true);
    expect(options.maxAttempts).toBe(job?.maxAttempts);
    expect(options.maxAttempts).toBeGreaterThan(1);
  }
});

test.each(cronItems)('$task is queued once an hour', ({ match }) => {
  if (typeof match !== 'function') throw new Error('no matcher');
  const minutes = Array.from({ length: 60 }, (_, min) => match({ min, hour: 3, date: 1, month: 1, dow: 1 }));
  expect(minutes.filter(Boolean)).toHaveLength(1);
});
