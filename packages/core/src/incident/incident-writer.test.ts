import { createDb } from '@incidents/db/client';
import type { IncidentRow } from '@incidents/db/queries/incident/incident-row';
import type { IncidentInsert } from '@incidents/db/queries/incident/insert-incident';
import type { IncidentUpdate } from '@incidents/db/queries/incident/update-incident-rows';
import { isUnavailable } from '@incidents/db/unavailable';
import { afterChange, defaultPolicy, someIncident } from '@incidents/testing/fixtures/incidents';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { measureTraffic } from '@incidents/testing/postgres/traffic';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createIncidentWriter } from './incident-writer.ts';

const database = useTestDatabase();

beforeEach(async () => {
  await database.db.pool.query('truncate incidents, incident_events');
  await database.db.pool.query('delete from graphile_worker._private_jobs');
});

const APPLICATION = 'incidents-writer';

async function openWriter() {
  const proxy = await startCutOffProxy(database.url);
  const db = createDb({
    url: proxy.url,
    poolSize: 10,
    applicationName: APPLICATION,
    onConnectionError: () => {},
  });
  onTestFinished(async () => {
    await db.close();
    await proxy.close();
  });
  const { insert, update } = createIncidentWriter(db.kysely, defaultPolicy);
  const writer = {
    insert: async (given: IncidentInsert) => {
      const result = await insert(given);
      if (result.outcome !== 'created') throw new Error(`unexpected outcome: ${result.outcome}`);
      return result.incident;
    },
    update: async (given: IncidentUpdate) => (await update(given))?.incident,
  };
  return { writer, proxy };
}

type TestWriter = Awaited<ReturnType<typeof openWriter>>['writer'];

const insertOf = (index: number, fields: Partial<IncidentInsert['incident']> = {}): IncidentInsert => ({
  incident: someIncident({ text: `текст ${index}`, description: `описание ${index}`, ...fields }),
  cause: { actor: `actor ${index}`, requestId: `request ${index}` },
});

const inserts = (count: number) => Array.from({ length: count }, (_, index) => insertOf(index));

const textsOf = async () => {
  const { rows } = await database.db.pool.query<{ text: string }>('select text from incidents order by id');
  return rows.map(({ text }) => text);
};

const eventsOf = async (kind: string) => {
  const { rows } = await database.db.pool.query<{ id: number; incident_id: number; request_id: string }>(
    `select id, incident_id, changes, actor, request_id from incident_events where kind = $1 order by id`,
    [kind],
  );
  return rows;
};

const queuedJobs = async () => {
  const { rows } = await database.db.pool.query<{ task: string; payload: object }>(
    `select task_identifier as task, payload
     from graphile_worker.jobs join graphile_worker._private_jobs using (id)
     order by (payload ->> 'event_id')::bigint, task_identifier`,
  );
  return rows;
};

const TASKS = ['send_email_notification', 'send_telegram_notification', 'update_incident_statistics'];

async function withLock<Result>(statement: string, work: () => Promise<Result>): Promise<Result> {
  const client = await database.db.pool.connect();
  try {
    await client.query(`begin; ${statement}`);
    return await work();
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const rejectionsOf = async (writes: Promise<unknown>[]) =>
  (await Promise.allSettled(writes)).map((result) =>
    result.status === 'rejected' ? result.reason : undefined,
  );

describe('inserts of one statement', () => {
  test('have their own rows, events and jobs', async () => {
    const { writer, proxy } = await openWriter();
    const given = inserts(5);
    let incidents: Awaited<ReturnType<typeof writer.insert>>[] = [];
    const { statements } = await measureTraffic(proxy, async () => {
      incidents = await Promise.all(given.map(writer.insert));
    });
    expect(statements).toHaveLength(1);
    expect(incidents).toMatchObject(given.map(({ incident }) => incident));
    const { rows } = await database.db.pool.query('select id, text, description from incidents order by id');
    expect(rows).toEqual(incidents.map(({ id, text, description }) => ({ id, text, description })));
    const events = await eventsOf('created');
    expect(events).toEqual(
      incidents.map(({ id }, index) => ({
        id: expect.any(Number),
        incident_id: id,
        changes: {},
        actor: `actor ${index}`,
        request_id: `request ${index}`,
      })),
    );
    expect(await queuedJobs()).toEqual(
      incidents.flatMap(({ id }, index) =>
        TASKS.map((task) => ({
          task,
          payload: { incident_id: id, event_id: events[index]?.id, request_id: `request ${index}` },
        })),
      ),
    );
  });

  test('do not run again after an error that proves no refusal', async () => {
    const { writer } = await openWriter();
    await database.db.pool.query(`
      create or replace function keep_none() returns trigger language plpgsql as 'begin return null; end';
      create trigger keep_none before insert on incidents
        for each row when (new.text = 'текст 1') execute function keep_none()`);
    onTestFinished(() => void database.db.pool.query('drop trigger keep_none on incidents'));
    const results = await Promise.allSettled([0, 1, 2].map((index) => writer.insert(insertOf(index))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    // Committed before the error was found, so a second run would store them twice.
    expect(await textsOf()).toEqual(['текст 0', 'текст 2']);
  });

  test('are stored once when PostgreSQL refuses another of them', async () => {
    const { writer, proxy } = await openWriter();
    const given = [insertOf(0), insertOf(1, { source: 'x'.repeat(200) }), insertOf(2), insertOf(3)];
    let results: PromiseSettledResult<unknown>[] = [];
    const { statements } = await measureTraffic(proxy, async () => {
      results = await Promise.allSettled(given.map(writer.insert));
    });
    expect(statements).toHaveLength(1 + given.length);
    const tooLong = expect.objectContaining({ code: '22001' });
    expect(results).toMatchObject([
      { status: 'fulfilled', value: given[0]?.incident },
      { status: 'rejected', reason: tooLong },
      { status: 'fulfilled', value: given[2]?.incident },
      { status: 'fulfilled', value: given[3]?.incident },
    ]);
    expect((await textsOf()).sort()).toEqual(['текст 0', 'текст 2', 'текст 3']);
    expect(await eventsOf('created')).toHaveLength(3);
    expect(await queuedJobs()).toHaveLength(3 * TASKS.length);
  });
});

async function storeIncidents(writer: Pick<TestWriter, 'insert'>, count: number): Promise<IncidentRow[]> {
  const incidents = await Promise.all(inserts(count).map(writer.insert));
  await database.db.pool.query('delete from graphile_worker._private_jobs');
  return incidents;
}

const updateOf = ({ id }: { id: number }, index: number, changes: IncidentUpdate['changes']) => ({
  id,
  changes,
  cause: { actor: `actor ${index}`, requestId: `request ${index}` },
});

describe('updates of one statement', () => {
  test('have their own rows, events and jobs', async () => {
    const { writer, proxy } = await openWriter();
    const incidents = await storeIncidents(writer, 4);
    const changes = [{ status: 'закрыт' }, { text: 'другой' }, { source: 'partner' }, { status: 'новый' }];
    let updated: (IncidentRow | undefined)[] = [];
    const { statements } = await measureTraffic(proxy, async () => {
      updated = await Promise.all(
        incidents.map((incident, index) => writer.update(updateOf(incident, index, changes[index] ?? {}))),
      );
    });
    expect(statements).toHaveLength(1);
    expect(updated).toEqual(incidents.map((incident, index) => afterChange(incident, changes[index] ?? {})));
    const events = await eventsOf('updated');
    const event = (index: number, change: object) => ({
      id: expect.any(Number),
      incident_id: incidents[index]?.id,
      changes: change,
      actor: `actor ${index}`,
      request_id: `request ${index}`,
    });
    expect(events).toEqual([
      event(0, { status: { from: 'новый', to: 'закрыт' } }),
      event(1, { text: { from: 'текст 1', to: 'другой' } }),
      event(2, { source: { from: 'operator', to: 'partner' } }),
    ]);
    const job = (task: string, index: number) => ({
      task,
      payload: {
        incident_id: incidents[index]?.id,
        event_id: events[index]?.id,
        request_id: `request ${index}`,
      },
    });
    expect(await queuedJobs()).toEqual([
      ...TASKS.map((task) => job(task, 0)),
      job('update_incident_statistics', 2),
    ]);
  });

  test('are stored once when PostgreSQL refuses another of them', async () => {
    const { writer } = await openWriter();
    const incidents = await storeIncidents(writer, 3);
    const sources = ['partner', 'x'.repeat(200), 'monitoring'];
    const results = await Promise.allSettled(
      incidents.map((incident, index) =>
        writer.update(updateOf(incident, index, { source: sources[index] })),
      ),
    );
    expect(results).toEqual([
      { status: 'fulfilled', value: afterChange(incidents[0] as IncidentRow, { source: 'partner' }) },
      { status: 'rejected', reason: expect.objectContaining({ code: '22001' }) },
      { status: 'fulfilled', value: afterChange(incidents[2] as IncidentRow, { source: 'monitoring' }) },
    ]);
    const events = await eventsOf('updated');
    expect(events.map((event) => event.incident_id).sort()).toEqual([incidents[0]?.id, incidents[2]?.id]);
    expect(await queuedJobs()).toHaveLength(2);
  });

  test('are answered while the update of a locked incident waits alone', async () => {
    const { writer } = await openWriter();
    const incidents = await storeIncidents(writer, 4);
    const [locked, ...others] = incidents as [IncidentRow, ...IncidentRow[]];
    const { waiting } = await withLock(
      `select from incidents where id = ${locked.id} for update`,
      async () => {
        const updates = incidents.map((incident, index) =>
          writer.update(updateOf(incident, index, { status: 'закрыт' })),
        );
        const [lockedUpdate, ...otherUpdates] = updates;
        expect(await Promise.all(otherUpdates)).toEqual(
          others.map((incident) => afterChange(incident, { status: 'закрыт' })),
        );
        await waitingForLock(database.db, APPLICATION);
        const [other] = others as [IncidentRow];
        expect(await writer.update(updateOf(other, 9, { status: 'новый' }))).toEqual({
          ...other,
          version: 3,
          updated_at: expect.any(String),
        });
        expect((await eventsOf('updated')).map((event) => event.incident_id)).not.toContain(locked.id);
        return { waiting: lockedUpdate };
      },
    );
    expect(await waiting).toEqual(afterChange(locked, { status: 'закрыт' }));
  });

  test('return undefined for an incident that does not exist, and the others', async () => {
    const { writer } = await openWriter();
    const [incident] = (await storeIncidents(writer, 1)) as [IncidentRow];
    const updates = [{ id: incident.id + 1000 }, incident, { id: 0 }].map((of, index) =>
      writer.update(updateOf(of, index, { status: 'закрыт' })),
    );
    expect(await Promise.all(updates)).toEqual([
      undefined,
      afterChange(incident, { status: 'закрыт' }),
      undefined,
    ]);
    expect(await eventsOf('updated')).toHaveLength(1);
    expect(await queuedJobs()).toHaveLength(TASKS.length);
  });

  test('of one incident keep every field', async () => {
    const { writer } = await openWriter();
    const [incident] = (await storeIncidents(writer, 1)) as [IncidentRow];
    const changes = [
      { text: 'другой' },
      { source: 'partner' },
      { description: 'другое' },
      { status: 'закрыт' },
    ];
    await Promise.all(changes.map((change, index) => writer.update(updateOf(incident, index, change))));
    const { rows } = await database.db.pool.query('select text, description, status, source from incidents');
    expect(rows).toEqual([Object.assign({}, ...changes)]);
    const requests = (await eventsOf('updated')).map((event) => event.request_id);
    expect(requests.sort()).toEqual(changes.map((_, index) => `request ${index}`));
  });
});

describe.each<[string, (writer: TestWriter, incidents: IncidentRow[]) => Promise<unknown>[]]>([
  ['inserts', (writer, incidents) => inserts(incidents.length).map(writer.insert)],
  [
    'updates',
    (writer, incidents) =>
      incidents.map((incident, index) => writer.update(updateOf(incident, index, { status: 'закрыт' }))),
  ],
])('a connection that ends during a statement of three %s', (kind, write) => {
  const COUNT = 3;
  const eventKind = kind === 'inserts' ? 'created' : 'updated';

  const addedEvents = async (before: { id: number }[]) =>
    (await eventsOf(eventKind)).slice(before.length).map((event) => event.request_id);

  test('before the commit fails all of them as unavailable and stores none', async () => {
    const { writer } = await openWriter();
    const incidents = await storeIncidents(writer, COUNT);
    const before = await eventsOf(eventKind);
    const { rejections } = await withLock('lock table incidents in share row exclusive mode', async () => {
      const rejections = rejectionsOf(write(writer, incidents));
      await waitingForLock(database.db, APPLICATION);
      await database.db.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'`,
        [APPLICATION],
      );
      return { rejections };
    });
    // Without the lock a second run would succeed.
    const errors = await rejections;
    expect(errors.map(isUnavailable)).toEqual(Array(COUNT).fill(true));
    expect(await addedEvents(before)).toEqual([]);
    expect(await queuedJobs()).toEqual([]);
  });

  test('after the commit fails all of them as unavailable and stores each once', async () => {
    // Ids of one length keep both conversations equally long.
    await database.db.pool.query('alter sequence incidents_id_seq restart 10001');
    const incidents = await storeIncidents((await openWriter()).writer, 2 * COUNT);
    const whole = await openWriter();
    await Promise.all(write(whole.writer, incidents.slice(0, COUNT)));
    const before = await eventsOf(eventKind);
    await database.db.pool.query('delete from graphile_worker._private_jobs');

    const { writer, proxy } = await openWriter();
    const bytes = whole.proxy.conversations[0]?.['to the client'].length ?? 0;
    proxy.cut = { way: 'to the client', after: bytes - 1 };
    const errors = await rejectionsOf(write(writer, incidents.slice(COUNT)));
    expect(errors.map(isUnavailable)).toEqual(Array(COUNT).fill(true));
    expect(proxy.conversations).toHaveLength(1);
    expect(await addedEvents(before)).toEqual(['request 0', 'request 1', 'request 2']);
    expect(await queuedJobs()).toHaveLength(COUNT * TASKS.length);
  });
});
