import { AcceptedAlert, Incident } from '@incidents/contracts';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { beforeEach, describe, expect, test } from 'vitest';
import { refusalsOf } from '../../testing/incident-json.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let dedup_key = '';
beforeEach(() => {
  dedup_key = `key ${Math.random()}`;
});

const source = 'monitoring';
const failure = { text: 'Бот не отвечает', description: 'с утра' };

async function alert(action: string, fields: object = {}, headers: Record<string, string> = {}) {
  const reply = await post('/alerts', { action, dedup_key, source, ...fields }, headers);
  expect(reply.status).toBe(202);
  return { ...reply, id: AcceptedAlert.parse(reply.body).incident_id };
}
const trigger = (fields: object = {}, headers: Record<string, string> = {}) =>
  alert('trigger', { ...failure, ...fields }, headers);
const read = async (id: number | null) => Incident.parse((await request(`/incidents/${id}`)).body);
const kindsOf = async (id: number | null) =>
  ((await request(`/incidents/${id}/events`)).body as { kind: string }[]).map(({ kind }) => kind);

describe('POST /alerts', () => {
  test('trigger reports an incident with its fields, at either path', async () => {
    const fields = {
      severity: 'critical',
      bot: '@shop_bot',
      assignee: 'Анна',
      labels: { a: 'b' },
      links: [],
    };
    const { id } = await trigger(fields);
    expect(await read(id)).toMatchObject({
      ...failure,
      ...fields,
      bot: 'shop_bot',
      status: 'новый',
      source,
      dedup_key,
      occurrences: 1,
    });
    const again = await post('/alerts/', { action: 'trigger', dedup_key, source, ...failure });
    expect(again).toMatchObject({ status: 202, body: { incident_id: id } });
  });

  test('trigger adds an occurrence to the open incident, also of one that POST /incidents/ reported', async () => {
    const { body } = await post('/incidents/', { ...newIncident, source, dedup_key });
    const { id } = Incident.parse(body);
    expect([(await trigger()).id, (await trigger()).id]).toEqual([id, id]);
    expect((await read(id)).occurrences).toBe(3);
  });

  test('acknowledge takes the open incident, resolve closes it and frees the key', async () => {
    const { id } = await trigger();
    expect((await alert('acknowledge')).id).toBe(id);
    expect(await read(id)).toMatchObject({ status: 'в работе', acknowledged_at: expect.any(String) });
    expect((await alert('acknowledge')).id).toBe(id);
    expect((await alert('resolve')).id).toBe(id);
    expect(await read(id)).toMatchObject({ status: 'закрыт', closed_at: expect.any(String) });
    expect(await kindsOf(id)).toEqual(['created', 'updated', 'updated']);
    const next = await trigger();
    expect(next.id).not.toBe(id);
  });

  test.each(['acknowledge', 'resolve'])(
    '%s without an open incident answers null and changes nothing',
    async (action) => {
      expect((await alert(action)).id).toBeNull();
      const { id } = await trigger();
      for (const other of [{ source: 'operator' }, { dedup_key: `${dedup_key}!` }]) {
        expect((await alert(action, other)).id).toBeNull();
      }
      await patch(`/incidents/${id}`, { status: 'закрыт' });
      const before = await read(id);
      expect((await alert(action)).id).toBeNull();
      expect(await read(id)).toEqual(before);
      await request(`/incidents/${(await trigger()).id}`, { method: 'DELETE' });
      expect((await alert(action)).id).toBeNull();
    },
  );

  test('acknowledge ignores the fields of a trigger', async () => {
    const { id } = await trigger();
    await alert('acknowledge', { text: 5, description: null, severity: 'critical' });
    expect(await read(id)).toMatchObject({ ...failure, severity: 'error' });
  });

  test('makes one incident of 50 parallel triggers', async () => {
    const ids = (await Promise.all(Array.from({ length: 50 }, () => trigger()))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect((await read(ids[0] ?? null)).occurrences).toBe(50);
  });

  test('acknowledge never reopens an incident that is closed at the same time', async () => {
    for (let round = 0; round < 20; round++) {
      const { id } = await trigger();
      const acknowledged = Array.from({ length: 4 }, () => alert('acknowledge'));
      const closed =
        round % 2 === 0 ? patch(`/incidents/${id}`, { status: 'закрыт' }) : alert('resolve').then(() => {});
      await Promise.all([...acknowledged, closed, alert('acknowledge')]);
      expect((await read(id)).status).toBe('закрыт');
    }
  });

  test('acknowledge waits for a closing under way and then leaves the incident closed', async () => {
    const { id } = await trigger();
    const client = await database.db.pool.connect();
    await client.query('begin');
    await client.query(`update incidents set status = 'закрыт' where id = $1`, [id]);
    const waiting = alert('acknowledge');
    await waitingForLock(database.db, 'incidents-test');
    await client.query('commit');
    client.release();
    expect((await waiting).id).toBeNull();
    expect((await read(id)).status).toBe('закрыт');
  });

  test('trigger with an Idempotency-Key counts once', async () => {
    const key = { 'Idempotency-Key': `alert ${dedup_key}` };
    const first = await trigger({}, key);
    const again = await trigger({}, key);
    expect(again.id).toBe(first.id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await read(first.id)).occurrences).toBe(1);
    const { status } = await post(
      '/alerts',
      { action: 'trigger', dedup_key, source, ...failure, text: 'т' },
      key,
    );
    expect(status).toBe(422);
  });

  test.each([
    [{ action: 'trigger' }, ['body.text required', 'body.description required']],
    [{ action: 'trigger', ...failure, bot: 'я', status: 'нет' }, ['body.bot invalid_format']],
    [{ action: 'acknowledge', dedup_key: undefined }, ['body.dedup_key required']],
    [{ action: 'resolve', dedup_key: null }, ['body.dedup_key invalid_type']],
    [{ action: 'resolve', source: '' }, ['body.source too_small']],
    [{ action: 'open' }, ['body.action invalid_union']],
    [{}, ['body.action invalid_union']],
  ])('refuses %j', async (fields, refusals) => {
    const { status, body } = await post('/alerts', { dedup_key, source, ...fields });
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual(refusals);
  });

  test('names the actions when it refuses another one', async () => {
    const { body } = await post('/alerts', { action: 'open', dedup_key, source });
    expect(body).toMatchObject({
      errors: [{ message: 'допустимые значения: trigger, acknowledge, resolve' }],
    });
  });
});
