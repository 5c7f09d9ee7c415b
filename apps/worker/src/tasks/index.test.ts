import { createIncident } from '@incidents/core/incident/create-incident';
import { createIncidentWriter } from '@incidents/core/incident/incident-writer';
import { getStatistics } from '@incidents/core/statistics/get-statistics';
import { catalog, type JobName } from '@incidents/jobs/catalog';
import { startTestEngine } from '@incidents/notifications/engine/testing/engine-fixture';
import { eventually } from '@incidents/testing/eventually';
import { defaultPolicy } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, describe, expect, test } from 'vitest';
import { addJob, makeDue, queuedJobs, runQueue } from '../testing/run-queue.ts';
import { taskDependencies } from '../testing/task-dependencies.ts';
import { createTasks } from './index.ts';

const database = useTestDatabase();
const log = useTestLogger();
const names = Object.keys(catalog) as JobName[];
const context = {
  get db() {
    return database.db.kysely;
  },
  get incidentWriter() {
    return createIncidentWriter(database.db.kysely, defaultPolicy);
  },
  actor: 'key:ADMIN_API_KEY' as const,
  requestId: 'request-1',
};
const dependencies = () => taskDependencies(database.db.kysely, log.logger, { RETENTION_DAYS: '1' });
const run = () => runQueue(database.db, createTasks(dependencies()));
const create = () =>
  createIncident(context, {
    text: 'Бот не отвечает',
    description: 'с самого утра',
    status: 'в работе',
    source: 'monitoring',
  }).then(({ incident }) => incident);

async function startEngine() {
  const { channels, findChannel } = dependencies();
  await startTestEngine({
    url: database.url,
    pools: database.db,
    logger: log.logger,
    channels: { email: channels.email.channel, telegram: channels.telegram.channel },
    findChannel,
  });
}

async function everything() {
  const tables = [
    'incidents',
    'incident_statistics',
    'incident_statistics_changes',
    'graphile_worker._private_jobs',
    'incident_events',
    'deliveries',
    'job_runs',
    'recipient_tests',
  ];
  const contents: Record<string, unknown> = {};
  for (const table of tables) {
    contents[table] = (await database.db.pool.query(`select xmin::text, * from ${table} order by 2, 3`)).rows;
  }
  return contents;
}

beforeEach(async () => {
  await database.db.pool.query(
    'truncate incidents, incident_events, deliveries, outboxes, graphile_worker._private_jobs restart identity',
  );
});

test('there is one task per job of the catalog', () => {
  const tasks = createTasks(dependencies());
  expect(Object.keys(tasks).sort()).toEqual([...names].sort());
});

const tables = [
  'incidents',
  'incident_statistics_changes',
  'incident_events',
  'deliveries',
  'job_runs',
  'recipient_tests',
];

/** What the job of a task carries after `create` and `run`; ids begin anew with each test. */
const payloadOf = (task: JobName, id: number): Record<string, unknown> => {
  const request_id = 'request-1';
  switch (task) {
    case 'deliver':
      return { delivery_id: 1, incident_id: id, request_id };
    case 'send_digest':
      return { channel: 'email', recipient: 'log', request_id };
    case 'prune_job_runs':
    case 'prune_incidents':
      return { request_id };
    case 'test_recipient':
      return { test_id: 1, channel: 'email', recipient: 'log', request_id };
    default:
      return { incident_id: id, event_id: 1, request_id };
  }
};

const isQueuedByHand = (task: JobName) =>
  ['deliver', 'send_digest', 'prune_job_runs', 'prune_incidents', 'test_recipient'].includes(task);

const JOBS_OF_AN_INCIDENT = [
  'send_email_notification',
  'send_telegram_notification',
  'update_incident_statistics',
];

test('jobs of a new incident end, and the statistics count it', async () => {
  await create();
  await run();
  expect(await queuedJobs(database.db)).toEqual([]);
  const done = log.lines.filter(({ msg }) => msg === 'job done');
  expect(done.map(({ task }) => task).sort()).toEqual(JOBS_OF_AN_INCIDENT);
  expect(await getStatistics(context)).toMatchObject({ total: 1, by_source: { monitoring: 1 } });
});

describe.each(names)('%s', (task) => {
  test('changes nothing when its job runs again', async () => {
    const { id } = await create();
    await run();
    log.lines.length = 0;
    const before = await everything();
    for (let again = 0; again < 2; again++) {
      await addJob(database.db, { task, payload: payloadOf(task, id) });
      await run();
    }
    expect(await everything()).toEqual(before);
    expect(log.lines.filter(({ msg }) => msg === 'job done')).toHaveLength(2);
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('has the same result when two workers run its job at once', async () => {
    const { id } = await create();
    await run();
    const before = await getStatistics(context);
    const payload = payloadOf(task, id);
    await addJob(database.db, { task, payload });
    await addJob(database.db, { task, payload });
    await Promise.all([run(), run()]);
    expect(await queuedJobs(database.db)).toEqual([]);
    expect(await getStatistics(context)).toEqual(before);
  });

  test('succeeds for a deleted incident', async () => {
    await addJob(database.db, { task, payload: payloadOf(task, 404) });
    await run();
    expect(await queuedJobs(database.db)).toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ msg: 'job done', task }));
  });

  test('logs task, request, attempt and duration', async () => {
    const { id } = await create();
    const { rows } = await database.db.pool.query(`select id from graphile_worker.add_job($1, $2)`, [
      task,
      payloadOf(task, id),
    ]);
    await run();
    const job_id = rows[0]?.id;
    const lines = log.lines.filter((line) => line.task === task && line.job_id === job_id);
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(info|debug)$/),
        task,
        job_id,
        attempt: 1,
        request_id: 'request-1',
      });
    }
    expect(lines[0]).toMatchObject({ msg: 'job started' });
    expect(lines.at(-1)).toMatchObject({ msg: 'job done', duration_ms: expect.any(Number) });
    expect(lines.at(-1)?.duration_ms).toBeGreaterThan(0);
  });

  test('fails with an invalid payload, without delaying other jobs', async () => {
    const wrong = [
      { incident_id: '1', request_id: 'r' },
      { incident_id: -1, request_id: 'r' },
      { request_id: 'r' },
      { incident_id: 1 },
      [1, 2],
      'incident 1',
      null,
    ].filter((payload) => !catalog[task].payload.safeParse(payload ?? {}).success);
    for (const payload of wrong) await addJob(database.db, { task, payload });
    await create();
    await run();
    const failed = {
      task,
      attempts: 1,
      error: expect.stringContaining('"path": ['),
      locked: false,
      due: false,
    };
    expect(await queuedJobs(database.db)).toEqual(wrong.map(() => failed));
    expect(log.lines.filter(({ msg }) => msg === 'job done')).toHaveLength(JOBS_OF_AN_INCIDENT.length);
    const warned = log.lines.filter(({ msg }) => msg === 'job failed and will be tried again');
    expect(warned).toEqual(wrong.map(() => expect.objectContaining({ level: 'warn', task, attempt: 1 })));
  });

  test('logs an error after the last attempt, and does not retry', async () => {
    log.expectErrors();
    await addJob(database.db, { task, payload: [], maxAttempts: 2 });
    for (let round = 0; round < 3; round++) {
      await run();
      await makeDue(database.db);
    }
    const failed = log.lines.filter(({ msg }) => msg.startsWith('job failed'));
    expect(failed).toEqual([
      expect.objectContaining({ level: 'warn', attempt: 1, duration_ms: expect.any(Number) }),
      expect.objectContaining({ level: 'error', attempt: 2, msg: 'job failed for good' }),
    ]);
  });

  test('fails while the database is unavailable, and succeeds afterwards', async () => {
    const { id } = await create();
    if (isQueuedByHand(task)) await addJob(database.db, { task, payload: payloadOf(task, id) });
    const tasks = createTasks(dependencies());
    for (const table of tables) await database.db.pool.query(`alter table ${table} rename to ${table}_away`);
    await runQueue(database.db, tasks);
    for (const table of tables) await database.db.pool.query(`alter table ${table}_away rename to ${table}`);
    const failed = await queuedJobs(database.db);
    expect(failed.map((job) => job.task)).toContain(task);
    expect(failed.every(({ attempts }) => attempts === 1)).toBe(true);
    await makeDue(database.db);
    await runQueue(database.db, tasks);
    expect(await queuedJobs(database.db)).toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ msg: 'job done', task, attempt: 2 }));
  });
});

describe.each(['email', 'telegram'] as const)('the message over %s', (channel) => {
  test('shows the present state of the incident', async () => {
    const { id } = await create();
    await database.db.pool.query(`update incidents set status = 'закрыт'`);
    await run();
    await startEngine();
    const messages = await eventually(() => {
      const rendered = log.lines.filter((line) => line.channel === channel);
      expect(rendered).not.toEqual([]);
      return rendered;
    });
    expect(messages).toEqual([
      expect.objectContaining({
        msg: 'message rendered',
        transport: 'log',
        incident_id: id,
        delivery_id: expect.any(Number),
        subject: `Инцидент №${id}: Бот не отвечает`,
        text: expect.stringMatching(/закрыт/),
      }),
    ]);
  });
});

test('a message over the transport log is recorded as logged', async () => {
  await create();
  await run();
  await startEngine();
  await eventually(async () => {
    const { rows } = await database.db.pool.query(
      'select channel, state, attempts, sent_at is not null as has_time from deliveries order by channel',
    );
    const logged = { state: 'logged', attempts: 1, has_time: true };
    expect(rows).toEqual([
      { channel: 'email', ...logged },
      { channel: 'telegram', ...logged },
    ]);
  });
});
