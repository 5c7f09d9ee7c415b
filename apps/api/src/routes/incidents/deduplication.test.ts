import { Incident } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let key = '';
beforeEach(() => {
  key = `key ${Math.random()}`;
});

const report = async (fields: object = {}) => {
  const { status, body } = await post('/incidents/', { ...newIncident, dedup_key: key, ...fields });
  return { status, incident: Incident.parse(body) };
};

const kindsOf = async (id: number) =>
  ((await request(`/incidents/${id}/events`)).body as { kind: string }[]).map(({ kind }) => kind);

const jobsOf = async (id: number) => {
  const { rows } = await database.db.pool.query<{ task: string }>(
    `select task_identifier as task from graphile_worker.jobs join graphile_worker._private_jobs using (id)
     where payload ->> 'incident_id' = $1 order by task`,
    [String(id)],
  );
  return rows.map(({ task }) => task);
};

describe('POST /incidents/ with a dedup_key', () => {
  test('answers 200 and adds an occurrence while the incident is open', async () => {
    const first = await report();
    const second = await report({ text: 'другой', assignee: 'Анна' });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.incident).toEqual({
      ...first.incident,
      occurrences: 2,
      version: 2,
      last_seen_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(Date.parse(second.incident.last_seen_at)).toBeGreaterThanOrEqual(
      Date.parse(first.incident.last_seen_at),
    );
    expect(await kindsOf(first.incident.id)).toEqual(['created']);
    expect(await jobsOf(first.incident.id)).toHaveLength(3);
  });

  test('makes one incident of 50 parallel reports, with 50 occurrences', async () => {
    const reports = await Promise.all(Array.from({ length: 50 }, () => report()));
    expect(new Set(reports.map(({ incident }) => incident.id)).size).toBe(1);
    expect(reports.filter(({ status }) => status === 201)).toHaveLength(1);
    const { body } = await request(`/incidents/${reports[0]?.incident.id}`);
    expect(body).toMatchObject({ occurrences: 50, version: 50 });
    expect(await jobsOf(Incident.parse(body).id)).toHaveLength(3);
  });

  test('keeps apart other keys, other sources and reports without a key', async () => {
    const reports = await Promise.all([
      report(),
      report({ source: 'monitoring' }),
      report({ dedup_key: `${key}!` }),
      report({ dedup_key: null }),
      report({ dedup_key: null }),
    ]);
    expect(reports.map(({ status }) => status)).toEqual(Array(5).fill(201));
    expect(new Set(reports.map(({ incident }) => incident.id)).size).toBe(5);
  });

  test('raises the severity, with an event and notifications, and never lowers it', async () => {
    const { incident } = await report({ severity: 'warning' });
    expect((await report()).incident.severity).toBe('warning');
    expect((await report({ severity: 'info' })).incident.severity).toBe('warning');
    expect((await report({ severity: 'critical' })).incident.severity).toBe('critical');
    expect((await report({ severity: 'error' })).incident.severity).toBe('critical');
    const { body } = await request(`/incidents/${incident.id}/events`);
    expect(body).toMatchObject([
      { kind: 'created' },
      { kind: 'occurred_again', changes: { severity: { from: 'warning', to: 'critical' } } },
    ]);
    expect(await jobsOf(incident.id)).toEqual([
      'send_email_notification',
      'send_email_notification',
      'send_telegram_notification',
      'send_telegram_notification',
      'update_incident_statistics',
    ]);
  });

  test('notifies again once per RENOTIFY_AFTER', async () => {
    const { incident } = await report();
    await database.db.pool.query(
      `update incidents set created_at = now() - interval '2 hours' where id = $1`,
      [incident.id],
    );
    await report();
    await report();
    expect(await kindsOf(incident.id)).toEqual(['created', 'occurred_again']);
    expect(await jobsOf(incident.id)).toHaveLength(5);
  });

  test('opens a new incident after the old one was closed', async () => {
    const first = await report();
    await patch(`/incidents/${first.incident.id}`, { status: 'закрыт' });
    const second = await report();
    expect(second.status).toBe(201);
    expect(second.incident.id).not.toBe(first.incident.id);
  });

  test('answers 409 with the id of the open incident to a patch that would reopen the closed one', async () => {
    const first = await report();
    await patch(`/incidents/${first.incident.id}`, { status: 'закрыт' });
    const second = await report();
    const { status, body } = await patch(`/incidents/${first.incident.id}`, { status: 'в работе' });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: 'urn:incident-service:problem:dedup-key-taken',
      incident_id: second.incident.id,
    });
    await patch(`/incidents/${second.incident.id}`, { status: 'закрыт' });
    expect((await patch(`/incidents/${first.incident.id}`, { status: 'в работе' })).status).toBe(200);
  });

  test('waits for a locked incident alone', async () => {
    const { incident } = await report();
    const client = await database.db.pool.connect();
    await client.query('begin');
    await client.query('select from incidents where id = $1 for update', [incident.id]);
    const waiting = report();
    const other = await report({ dedup_key: `${key} other` });
    expect(other.status).toBe(201);
    await client.query('commit');
    client.release();
    expect((await waiting).incident.occurrences).toBe(2);
  });
});
