import { RecipientList } from '@incidents/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { jobsIn } from '../../testing/jobs.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

const later = () => vi.advanceTimersByTime(2_001);

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
beforeEach(async () => {
  await jobs.clear();
  later();
});
afterAll(() => {
  vi.useRealTimers();
});

const list = async (path = '/recipients') => {
  const { status, body } = await request(path);
  expect(status).toBe(200);
  return RecipientList.parse(body);
};

describe('GET /recipients', () => {
  test.each(['/recipients', '/recipients/'])(
    'returns an empty array for %s without recipients',
    async (path) => {
      expect(await list(path)).toEqual([]);
    },
  );

  test('returns every field of configured and failing recipients', async () => {
    await jobs.insertPool(1, 'pool-1');
    await database.db.pool.query('update worker_pools set recipients = $1', [
      JSON.stringify([
        { channel: 'telegram', transport: 'telegram', recipient: '-100:7', sources: ['monitoring'] },
      ]),
    ]);
    const at = { created_at: '2025-11-08T12:00:00.000Z', updated_at: '2025-11-08T12:00:01.000Z' };
    const failed = { state: 'failed', attempts: 1, last_error: '550 нет такого ящика' };
    await insertDelivery(database, { incident_id: 1, recipient: 'a@example.com', ...failed, ...at });
    expect(await list()).toEqual([
      {
        channel: 'email',
        transport: 'smtp',
        recipient: 'a@example.com',
        configured: false,
        sources: null,
        severities: null,
        pending: 0,
        sending: 0,
        failed: 1,
        oldest_waiting_age_seconds: null,
        last_error: '550 нет такого ящика',
        last_error_at: at.updated_at,
        failing_since: at.updated_at,
        closed_until: null,
        last_success_at: null,
      },
      {
        channel: 'telegram',
        transport: 'telegram',
        recipient: '-100:7',
        configured: true,
        sources: ['monitoring'],
        severities: null,
        pending: 0,
        sending: 0,
        failed: 0,
        oldest_waiting_age_seconds: null,
        last_error: null,
        last_error_at: null,
        failing_since: null,
        closed_until: null,
        last_success_at: null,
      },
    ]);
  });

  test('shares the reply for two seconds', async () => {
    const [first, second] = await Promise.all([list(), list()]);
    await insertDelivery(database, { incident_id: 1 });
    expect([second, await list()]).toEqual([first, first]);
    later();
    expect(await list()).toMatchObject([{ pending: 1 }]);
  });
});
