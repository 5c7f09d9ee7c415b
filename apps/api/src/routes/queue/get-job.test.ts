import { JobDetails } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { jobsIn } from '../../testing/jobs.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, database } = useTestApp();
const jobs = jobsIn(database);

beforeEach(() => jobs.clear());

const read = async (id: number | string) => {
  const { status, body } = await request(`/jobs/${id}`);
  expect(status).toBe(200);
  return JobDetails.parse(body);
};

describe('GET /jobs/{id}', () => {
  test('returns the payload of a new job without runs', async () => {
    const { body, headers } = await post('/incidents/', newIncident);
    const [id = 0] = await jobs.ids();
    for (const path of [`/jobs/${id}`, `/jobs/0${id}/`]) {
      expect((await request(path)).body).toMatchObject({
        id,
        state: 'waiting',
        attempts: 0,
        max_attempts: 25,
        payload: {
          incident_id: (body as { id: number }).id,
          event_id: expect.any(Number),
          request_id: headers.get('x-request-id'),
        },
        runs: [],
      });
    }
  });

  test('returns the runs of a queued job, the last one first', async () => {
    await jobs.insertPool(1, 'pool-1');
    const id = await jobs.insert({ attempts: 3, locked_by: 'pool-1', last_error: 'второй' });
    await jobs.recordRun({ jobId: id, attempt: 1, error: 'первый', poolId: 'pool-0', ageMs: 9_000 });
    await jobs.recordRun({ jobId: id, attempt: 2, error: 'второй', ageMs: 4_000, durationMs: 2_500 });
    await jobs.recordRun({ jobId: id + 1, attempt: 1 });
    const { runs, ...job } = await read(id);
    expect(job).toMatchObject({ state: 'running', attempts: 3, pool_id: 'pool-1', worker: 'host:1' });
    expect(runs).toMatchObject([
      { attempt: 2, error: 'второй', pool_id: 'pool-1' },
      { attempt: 1, error: 'первый', pool_id: 'pool-0' },
    ]);
    const [last] = runs;
    expect(Date.parse(last?.finished_at ?? '') - Date.parse(last?.started_at ?? '')).toBe(2_500);
  });

  test('returns at most 100 runs', async () => {
    const id = await jobs.insert();
    for (let attempt = 1; attempt <= 101; attempt++) {
      await jobs.recordRun({ jobId: id, attempt, error: 'x', ageMs: (200 - attempt) * 1_000 });
    }
    const { runs } = await read(id);
    expect(runs.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: 100 }, (_, index) => 101 - index),
    );
  });

  test('returns a finished job for a day', async () => {
    await jobs.recordRun({ jobId: 41, attempt: 1, error: 'boom', ageMs: 7_000 });
    const payload = { event_id: 3, incident_id: 7, request_id: 'r' };
    await jobs.recordRun({ jobId: 41, attempt: 2, ageMs: 5_000, payload: JSON.stringify(payload) });
    const job = await read(41);
    expect(job).toMatchObject({
      ...{
        id: 41,
        state: 'done',
        task: 'send_email_notification',
        attempts: 2,
        max_attempts: null,
        payload,
        incident_id: 7,
      },
      ...{ pool_id: 'pool-1', worker: null, run_at: null, created_at: null, last_error: null },
      runs: [
        { attempt: 2, error: null },
        { attempt: 1, error: 'boom' },
      ],
    });
    expect(job.finished_at).toBe(job.runs[0]?.finished_at);
    await database.db.pool.query(`update job_runs set finished_at = finished_at - interval '1 day'`);
    expect((await request('/jobs/41')).status).toBe(404);
  });

  test('returns the queued state of a job that is queued again', async () => {
    const id = await jobs.insert();
    await jobs.recordRun({ jobId: id });
    expect(await read(id)).toMatchObject({ state: 'waiting', finished_at: null, runs: [{ error: null }] });
  });

  test.each([[[1, 2]], ['text'], [7], [null]])('returns null for a payload of %j', async (payload) => {
    const id = await jobs.insert();
    await database.db.pool.query('update graphile_worker._private_jobs set payload = $2 where id = $1', [
      id,
      JSON.stringify(payload),
    ]);
    expect(await read(id)).toMatchObject({ payload: null });
  });

  test('answers 404 for an unknown or deleted job and a heartbeat', async () => {
    await jobs.recordRun({ jobId: 42, error: 'boom' });
    const heartbeat = await jobs.insert({ task: 'heartbeat:1' });
    for (const id of [42, heartbeat, 999_999, 0, -1, 2 ** 53, '9223372036854775808', '9'.repeat(400)]) {
      const { status, body } = await request(`/jobs/${id}`);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        type: 'urn:incident-service:problem:job-not-found',
        detail: 'Задача не найдена',
      });
    }
  });

  test.each(['abc', '1.5', '1e0', '%00', '%FF', "1'"])('refuses the id %s', async (id) => {
    expect((await request(`/jobs/${id}`)).status).toBe(422);
  });

  test('answers 405 for /jobs/failed', async () => {
    for (const path of ['/jobs/failed', '/jobs/failed/']) {
      const { status, headers } = await request(path);
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe('DELETE');
    }
  });
});
