import { Incident } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let incident: Incident;
let path = '';
beforeEach(async () => {
  incident = Incident.parse((await post('/incidents/', newIncident)).body);
  path = `/incidents/${incident.id}`;
});

const get = (target: string, tag: string) => request(target, { headers: { 'If-None-Match': tag } });

describe('ETag of an incident', () => {
  test('is its version, on every reply that has it', async () => {
    expect((await request(path)).headers.get('etag')).toBe('"1"');
    const { headers, body } = await patch(path, { status: 'в работе' });
    expect(headers.get('etag')).toBe('"2"');
    expect(body).toMatchObject({ version: 2 });
    expect((await patch(path, { status: 'в работе' })).headers.get('etag')).toBe('"2"');
  });

  test.each(['"1"', 'W/"1"', '"7", "1"', '*'])('answers 304 to If-None-Match: %s', async (tag) => {
    const { status, text, headers } = await get(path, tag);
    expect([status, text, headers.get('etag')]).toEqual([304, '', '"1"']);
  });

  test('answers 200 to another tag, and after a change by hand', async () => {
    expect((await get(path, '"2"')).status).toBe(200);
    await database.db.pool.query(`update incidents set text = 'от руки' where id = $1`, [incident.id]);
    expect((await get(path, '"1"')).status).toBe(200);
  });
});

describe('If-Match', () => {
  test('changes the expected version alone', async () => {
    expect((await patch(path, { text: 'первый' }, { 'If-Match': '"1"' })).status).toBe(200);
    const { status, body } = await patch(path, { text: 'второй' }, { 'If-Match': '"1"' });
    expect(status).toBe(412);
    expect(body).toMatchObject({
      type: 'urn:incident-service:problem:version-mismatch',
      incident: { id: incident.id, text: 'первый', version: 2 },
    });
  });

  test('lets one of 20 parallel edits of a version through', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        patch(path, { text: `текст ${index}` }, { 'If-Match': '"1"' }),
      ),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  test.each(['*', '"3", "1"', 'W/"1"'])('accepts %s', async (tag) => {
    expect((await patch(path, { text: 'т' }, { 'If-Match': tag })).status).toBe(200);
  });

  test.each(['"0"', 'abc', '""'])('answers 412 to %s, also without changes', async (tag) => {
    expect((await patch(path, {}, { 'If-Match': tag })).status).toBe(412);
  });
});

describe('ETag of a list', () => {
  test('holds until an incident of the page changes', async () => {
    const list = '/incidents/?limit=3';
    const tag = (await request(list)).headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"/);
    expect((await get(list, tag)).status).toBe(304);
    await patch(path, { assignee: 'Анна' });
    expect((await get(list, tag)).status).toBe(200);
  });
});

describe('times of an incident', () => {
  test('follow its status', async () => {
    const any = expect.any(String);
    const steps = [
      ['в работе', { acknowledged_at: any, closed_at: null }],
      ['закрыт', { acknowledged_at: any, closed_at: any }],
      ['новый', { acknowledged_at: null, closed_at: null }],
      ['закрыт', { acknowledged_at: null, closed_at: any }],
      ['в работе', { acknowledged_at: any, closed_at: null }],
    ] as const;
    for (const [status, times] of steps) {
      expect((await patch(path, { status })).body).toMatchObject({ status, ...times });
    }
  });

  test('are set at creation, too', async () => {
    const { body } = await post('/incidents/', { ...newIncident, status: 'закрыт' });
    expect(body).toMatchObject({ closed_at: expect.any(String), acknowledged_at: null });
  });
});

describe('PATCH of the newer fields', () => {
  test('sets and clears them, each in the history', async () => {
    const changes = {
      severity: 'critical',
      bot: '@shop_bot',
      assignee: 'Анна',
      labels: { region: 'eu' },
      links: ['https://grafana.example/d/bots'],
    };
    expect((await patch(path, changes)).body).toMatchObject({ ...changes, bot: 'shop_bot' });
    expect((await patch(path, { bot: null, assignee: null, labels: {}, links: [] })).body).toMatchObject({
      bot: null,
      assignee: null,
      labels: {},
      links: [],
    });
    const { body } = await request(`${path}/events`);
    expect(body).toMatchObject([
      { kind: 'created' },
      {
        changes: {
          severity: { from: 'error', to: 'critical' },
          bot: { from: '', to: 'shop_bot' },
          labels: { from: '{}', to: '{"region": "eu"}' },
        },
      },
      { changes: { assignee: { from: 'Анна', to: '' }, links: { to: '[]' } } },
    ]);
  });

  test('stores labels that are named as members of objects, and refuses __proto__', async () => {
    const labels = { constructor: 'a', toString: 'b', toJSON: 'c', hasOwnProperty: 'd', valueOf: 'e' };
    expect((await patch(path, { labels })).body).toMatchObject({ labels });
    expect((await request(path)).body).toMatchObject({ labels });
    expect((await request('/incidents/?limit=1')).body).toMatchObject([{ labels }]);
    for (const [method, target] of [
      ['PATCH', path],
      ['POST', '/incidents/'],
      ['POST', '/alerts'],
    ] as const) {
      const body = JSON.stringify({ action: 'trigger', dedup_key: 'k', ...newIncident, labels: {} }).replace(
        '"labels":{}',
        '"labels":{"__proto__":"x"}',
      );
      const reply = await request(target, {
        method,
        headers: { 'Content-Type': 'application/json' },
        body,
      });
      expect(reply.status).toBe(422);
      expect(reply.body).toMatchObject({ errors: [{ path: 'body.labels.__proto__', code: 'invalid_key' }] });
    }
  });

  test('filters of the list combine', async () => {
    await patch(path, { severity: 'warning', bot: 'filter_bot', assignee: 'Пётр' });
    const ids = async (query: string) =>
      ((await request(`/incidents/?${query}`)).body as Incident[]).map(({ id }) => id);
    expect(await ids('bot=@filter_bot&severity=warning&assignee=Пётр&status=новый')).toEqual([incident.id]);
    expect(await ids('bot=filter_bot&severity=critical')).toEqual([]);
    expect(await ids('severity=')).toContain(incident.id);
    const { headers } = await request('/incidents/?severity=error&limit=1', {
      headers: { Prefer: 'count=exact' },
    });
    expect(headers.get('link')).toContain('severity=error');
    expect(Number(headers.get('x-total-count'))).toBeGreaterThan(1);
  });
});
