import { JobDetails } from '@incidents/contracts';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { jobsIn } from '../../testing/jobs.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

beforeEach(() => jobs.clear());

const retry = (id: number | string) => request(`/jobs/${id}/retry`, { method: 'POST' });
const read = async (id: number) => JobDetails.parse((await request(`/jobs/${id}`)).body);

describe('POST /jobs/{id}/retry', () => {
  test.each([
    ['failed', { attempts: 25, due_in: 900 }],
    ['scheduled', { due_in: 3_600 }],
    ['scheduled after a failure', { attempts: 3, due_in: 60 }],
    ['waiting', { attempts: 1 }],
  ])('makes a %s job waiting, with all attempts', async (_, fields) => {
    const payload = { event_id: 7, incident_id: 1, request_id: 'r' };
    const id = await jobs.insert({ ...fields, payload, last_error: 'почему' });
    const { status, body } = await retry(id);
    expect(status).toBe(200);
    const expected = {
      id,
      task: 'send_email_notification',
      state: 'waiting',
      attempts: 0,
      max_attempts: 25,
      age_seconds: 0,
    };
    expect(body).toMatchObject({ ...expected, last_error: 'почему', pool_id: null, worker: null });
    expect(await read(id)).toMatchObject({ ...(body as object), age_seconds: expect.any(Number), payload });
  });

  test('does not change other jobs', async () => {
    const others = [await jobs.insertFailed(), await jobs.insert({ due_in: 60 })];
    const before = await Promise.all(others.map(read));
    await retry(await jobs.insertFailed());
    const after = await Promise.all(others.map(read));
    const timeless = (list: JobDetails[]) => list.map(({ age_seconds: _, ...job }) => job);
    expect(timeless(after)).toEqual(timeless(before));
  });

  describe('without a change', () => {
    test('answers 409 for a running job, also in its last attempt', async () => {
      for (const attempts of [1, 25]) {
        const id = await jobs.insert({ attempts, locked_by: 'pool-1' });
        const { status, body } = await retry(id);
        expect(status).toBe(409);
        expect(body).toMatchObject({
          type: 'urn:incident-service:problem:job-not-changeable',
          title: 'Задачу нельзя изменить',
        });
        expect(await read(id)).toMatchObject({ state: 'running', attempts });
      }
    });

    test('answers 409 for a job whose lock has expired', async () => {
      const id = await jobs.insert({ attempts: 1, locked_by: 'pool-1' });
      await database.db.pool.query(
        `update graphile_worker._private_jobs set locked_at = now() - interval '5 hours' where id = $1`,
        [id],
      );
      expect((await retry(id)).status).toBe(409);
      expect(await read(id)).toMatchObject({ attempts: 1 });
    });

    test('answers 409 for a finished job', async () => {
      await jobs.recordRun({ jobId: 41 });
      expect((await retry(41)).status).toBe(409);
    });

    test('answers 404 for an unknown id and a heartbeat', async () => {
      const heartbeat = await jobs.insertFailed({ task: 'heartbeat:1' });
      await jobs.recordRun({ jobId: 42, error: 'boom' });
      for (const id of [heartbeat, 42, 999_999, 0, '9223372036854775808']) {
        expect((await retry(id)).status).toBe(404);
      }
    });

    test('answers 409 for a job that a worker takes meanwhile', async () => {
      const id = await jobs.insert();
      const worker = await database.db.pool.connect();
      onTestFinished(() => worker.release(true));
      await worker.query('begin');
      await worker.query(
        `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'pool-1', attempts = attempts + 1
       where id = $1`,
        [id],
      );
      const reply = retry(id);
      await worker.query('commit');
      expect((await reply).status).toBe(409);
      expect(await read(id)).toMatchObject({ state: 'running', attempts: 1 });
    });
  });
});
