import { JobList, JobState } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { jobsIn } from '../../testing/jobs.ts';
import { nextOf, pagesFrom } from '../../testing/pages.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

beforeEach(() => jobs.clear());

const list = async (target: string) => {
  const { status, body, headers } = await request(target);
  expect(status).toBe(200);
  return { entries: JobList.parse(body), headers };
};
const idsOf = async (target: string) => (await list(target)).entries.map(({ id }) => id);

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** Seconds may pass during the test. */
const atLeast = (seconds: number) => expect.toSatisfy((age) => age >= seconds && age < seconds + 60);

describe('GET /jobs', () => {
  test.each(['/jobs', '/jobs/'])('returns an empty array for %s of an empty queue', async (path) => {
    const { entries, headers } = await list(path);
    expect(entries).toEqual([]);
    expect(headers.has('link')).toBe(false);
  });

  test('returns every field in each state', async () => {
    await jobs.insertPool(1, 'pool-1');
    const waiting = await jobs.insert({ due_in: -30, queued_ago: 3_600, attempts: 2, last_error: 'занято' });
    const scheduled = await jobs.insert({ task: 'send_telegram_notification', due_in: 600, queued_ago: 120 });
    const running = await jobs.insert({ attempts: 25, due_in: -5, queued_ago: 5, locked_by: 'pool-1' });
    const orphan = await jobs.insert({ attempts: 1, locked_by: 'pool-gone' });
    const failed = await jobs.insert({ attempts: 3, max_attempts: 3, due_in: 900, queued_ago: 60 });
    await jobs.recordRun({ jobId: 900, attempt: 2, ageMs: 90_000 });

    const job = {
      task: 'send_email_notification',
      incident_id: null,
      last_error: null,
      pool_id: null,
      worker: null,
    };
    const times = { run_at: TIME, created_at: TIME, finished_at: null };
    const expected = {
      waiting: { id: waiting, state: 'waiting', attempts: 2, max_attempts: 25, last_error: 'занято' },
      scheduled: {
        id: scheduled,
        state: 'scheduled',
        attempts: 0,
        max_attempts: 25,
        task: 'send_telegram_notification',
      },
      running: { id: running, state: 'running', attempts: 25, max_attempts: 25 },
      orphan: { id: orphan, state: 'running', attempts: 1, max_attempts: 25, pool_id: 'pool-gone' },
      failed: { id: failed, state: 'failed', attempts: 3, max_attempts: 3 },
    };
    const all = [
      { ...job, ...expected.waiting, ...times, age_seconds: atLeast(30) },
      { ...job, ...expected.scheduled, ...times, age_seconds: atLeast(120) },
      { ...job, ...expected.running, ...times, age_seconds: atLeast(5), pool_id: 'pool-1', worker: 'host:1' },
      { ...job, ...expected.orphan, ...times, age_seconds: atLeast(0) },
      { ...job, ...expected.failed, ...times, age_seconds: atLeast(60) },
    ];
    expect((await list('/jobs')).entries).toEqual(all);
    expect((await list('/jobs?state=waiting')).entries).toEqual([all[0]]);
    expect((await list('/jobs?state=scheduled')).entries).toEqual([all[1]]);
    expect((await list('/jobs?state=running')).entries).toEqual([all[2], all[3]]);
    expect((await list('/jobs?state=failed')).entries).toEqual([all[4]]);
    expect((await list('/jobs?state=done')).entries).toEqual([
      {
        ...job,
        ...{ id: 900, state: 'done', attempts: 2, max_attempts: null, age_seconds: atLeast(90) },
        ...{ pool_id: 'pool-1', worker: 'host:1', run_at: null, created_at: null, finished_at: TIME },
      },
    ]);
  });

  test('returns no negative age for times in the future', async () => {
    await jobs.insert({ due_in: 600, queued_ago: -300 });
    expect((await list('/jobs')).entries).toMatchObject([{ age_seconds: 0 }]);
  });

  test('filters by task and state; an empty task is no filter', async () => {
    const email = await jobs.insert();
    const telegram = await jobs.insert({ task: 'send_telegram_notification' });
    const failed = await jobs.insertFailed({ task: 'send_telegram_notification' });
    expect(await idsOf('/jobs?task=send_email_notification')).toEqual([email]);
    expect(await idsOf('/jobs?task=send_telegram_notification')).toEqual([telegram, failed]);
    expect(await idsOf('/jobs?task=send_telegram_notification&state=failed')).toEqual([failed]);
    expect(await idsOf('/jobs?task=')).toEqual([email, telegram, failed]);
    for (const none of [
      'send_email%25',
      'SEND_EMAIL_NOTIFICATION',
      'no_such_task',
      `${'x'.repeat(300)}`,
      "'",
      '%25',
    ]) {
      expect(await idsOf(`/jobs?task=${none}`)).toEqual([]);
      expect(await idsOf(`/jobs?task=${none}&state=done`)).toEqual([]);
    }
  });

  test('returns the incident of a job, also of a finished one', async () => {
    const about = await jobs.insert({ payload: { incident_id: 7, request_id: 'r' } });
    const others = ['7', 7.5, -7, 1e300, null, { id: 7 }, [7]].map((incident_id) => ({ incident_id }));
    for (const payload of [...others, [], 'text', null]) await jobs.insert({ payload });
    const { entries } = await list('/jobs');
    expect(entries).toHaveLength(11);
    expect(entries.filter(({ incident_id }) => incident_id !== null)).toMatchObject([
      { id: about, incident_id: 7 },
    ]);
    await jobs.recordRun({ jobId: 901, payload: JSON.stringify({ incident_id: 8 }), ageMs: 2_000 });
    await jobs.recordRun({ jobId: 902, payload: '[8]', ageMs: 1_000 });
    expect((await list('/jobs?state=done')).entries).toMatchObject([
      { id: 902, incident_id: null },
      { id: 901, incident_id: 8 },
    ]);
  });

  test('omits heartbeats', async () => {
    await jobs.insert({ task: 'heartbeat:1' });
    await jobs.insertFailed({ task: 'heartbeat:2' });
    await jobs.recordRun({ jobId: 77, task: 'heartbeat:1' });
    for (const query of ['', '?state=waiting', '?state=failed', '?state=done', '?task=heartbeat:1']) {
      expect(await idsOf(`/jobs${query}`)).toEqual([]);
    }
  });

  describe('state=done', () => {
    test('sorts by end, the last one first', async () => {
      await jobs.recordRun({ jobId: 3, ageMs: 2_000 });
      await jobs.recordRun({ jobId: 1, ageMs: 1_000 });
      await jobs.recordRun({ jobId: 2, ageMs: 3_000 });
      expect(await idsOf('/jobs?state=done')).toEqual([1, 3, 2]);
    });

    test('omits older, failed and queued jobs', async () => {
      const queued = await jobs.insert();
      await jobs.recordRun({ jobId: queued });
      await jobs.recordRun({ jobId: 1_001, ageMs: 25 * 3_600_000 });
      await jobs.recordRun({ jobId: 1_002, error: 'boom' });
      await jobs.recordRun({ jobId: 1_003, error: 'boom', ageMs: 5_000 });
      await jobs.recordRun({ jobId: 1_003, attempt: 2, ageMs: 1_000 });
      await jobs.recordRun({ jobId: 1_004, ageMs: 23 * 3_600_000 });
      expect(await idsOf('/jobs?state=done')).toEqual([1_003, 1_004]);
    });

    test('lists a job with two runs once', async () => {
      await jobs.recordRun({ jobId: 1, ageMs: 9_000 });
      await jobs.recordRun({ jobId: 2, ageMs: 5_000 });
      await jobs.recordRun({ jobId: 1, ageMs: 1_000 });
      expect(await idsOf('/jobs?state=done')).toEqual([1, 2]);
      expect((await pagesFrom('/jobs?state=done&limit=1', list)).flat().map(({ id }) => id)).toEqual([1, 2]);
    });

    test('has pages, also with equal end times', async () => {
      for (let id = 1; id <= 7; id++) await jobs.recordRun({ jobId: id, ageMs: id < 4 ? 8_000 : 2_000 });
      await database.db.pool.query(`update job_runs set finished_at = '2100-01-01' where job_id > 3`);
      const pages = await pagesFrom('/jobs?state=done&task=send_email_notification&limit=2', list);
      expect(pages.map((page) => page.map(({ id }) => id))).toEqual([[7, 6], [5, 4], [3, 2], [1]]);
    });

    test('returns an empty page behind an unknown job', async () => {
      await jobs.recordRun({ jobId: 1 });
      expect(await idsOf('/jobs?state=done&after=99')).toEqual([]);
    });
  });

  describe('paging', () => {
    let ids: number[];

    beforeEach(async () => {
      ids = [];
      for (let index = 0; index < 7; index++) {
        ids.push(await (index % 2 === 0 ? jobs.insert() : jobs.insertFailed()));
        await jobs.insert({ task: 'heartbeat:1' });
      }
    });

    const pages = async (query: string) =>
      (await pagesFrom(`/jobs${query}`, list)).map((page) => page.map(({ id }) => ids.indexOf(id)));

    test('links lead through all jobs and keep limit and filters', async () => {
      expect(await pages('')).toEqual([[0, 1, 2, 3, 4, 5, 6]]);
      expect(await pages('?limit=3')).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
      expect(await pages(`?limit=7`)).toHaveLength(1);
      expect(await pages('?limit=2&state=failed')).toEqual([[1, 3], [5]]);
      expect(await pages('?limit=1&state=waiting&task=send_email_notification')).toEqual([
        [0],
        [2],
        [4],
        [6],
      ]);
      const { headers } = await list('/jobs/?limit=1&task=send_email_notification&state=failed');
      expect(nextOf(headers)).toBe(`/jobs?after=${ids[1]}&limit=1&state=failed&task=send_email_notification`);
    });

    test('a job that ends meanwhile does not shift later pages', async () => {
      const next = nextOf((await list('/jobs?limit=2')).headers);
      await database.db.pool.query('delete from graphile_worker._private_jobs where id = $1', [ids[1]]);
      expect(await idsOf(next ?? '')).toEqual(ids.slice(2, 4));
    });

    test.each(['limit=0', 'after=9007199254740991', 'after=99999&limit=1000'])(
      '?%s returns an empty array without a next page',
      async (query) => {
        const { entries, headers } = await list(`/jobs?${query}`);
        expect(entries).toEqual([]);
        expect(headers.has('link')).toBe(false);
      },
    );

    test.each([
      ['limit=-1', 'query.limit', 'too_small'],
      ['limit=1001', 'query.limit', 'too_big'],
      ['limit=1.5', 'query.limit', 'invalid_type'],
      ['limit=1e3', 'query.limit', 'invalid_type'],
      ['after=-1', 'query.after', 'too_small'],
      ['after=9223372036854775808', 'query.after', 'too_big'],
      ['after=0.5', 'query.after', 'invalid_type'],
      ['after=%00', 'query.after', 'invalid_type'],
      ['state=', 'query.state', 'invalid_value'],
      ['state=lost', 'query.state', 'invalid_value'],
      ['task=%00', 'query.task', 'nul_character'],
    ])('?%s is refused', async (query, path, code) => {
      const { status, body } = await request(`/jobs?${query}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ path, code }] });
    });

    test('the message for an unknown state names the states', async () => {
      const { body } = await request('/jobs?state=lost');
      expect(JSON.stringify(body)).toContain(JobState.options.join(', '));
    });
  });
});
