import { Incident, IncidentEventList } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { nextOf, pagesFrom } from '../../testing/pages.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let incident: Incident;

beforeEach(async () => {
  const { body } = await post('/incidents/', newIncident, { 'X-Request-Id': 'client-1' });
  incident = Incident.parse(body);
});

const list = async (target: string) => {
  const { status, body, headers } = await request(target);
  expect(status).toBe(200);
  return { entries: IncidentEventList.parse(body), headers };
};
const history = async () => (await list(`/incidents/${incident.id}/events`)).entries;
const changesSince = async () => (await history()).slice(1).map(({ changes }) => changes);

const changed = {
  text: 'Другой текст',
  description: 'Другое описание',
  status: 'закрыт',
  source: 'monitoring',
} as const;
const fields = ['text', 'description', 'status', 'source'] as const;
const subsets = Array.from({ length: 2 ** fields.length - 1 }, (_, index) =>
  fields.filter((_, bit) => (index + 1) & (1 << bit)),
);

describe('GET /incidents/{id}/events', () => {
  describe('a new incident', () => {
    test('has one event with its request id and an anonymous actor', async () => {
      const { body } = await request(`/incidents/${incident.id}/events`);
      expect(body).toEqual([
        {
          id: expect.any(Number),
          incident_id: incident.id,
          kind: 'created',
          changes: {},
          comment: null,
          actor: 'anonymous',
          request_id: 'client-1',
          at: incident.created_at,
        },
      ]);
    });

    test('has the request id of its reply', async () => {
      const { body, headers } = await post('/incidents/', newIncident);
      const { id } = Incident.parse(body);
      expect((await request(`/incidents/${id}/events`)).body).toMatchObject([
        { incident_id: id, request_id: headers.get('x-request-id') },
      ]);
    });

    test('has the same events with a trailing slash', async () => {
      const { body } = await request(`/incidents/${incident.id}/events`);
      expect((await request(`/incidents/${incident.id}/events/`)).body).toEqual(body);
      expect((await request(`/incidents/000${incident.id}/events`)).body).toEqual(body);
    });
  });

  describe('a change', () => {
    test.each(subsets.map((subset) => [subset.join(', '), subset] as const))(
      'of %s has old and new values of exactly these fields',
      async (_, subset) => {
        const change = Object.fromEntries(subset.map((field) => [field, changed[field]]));
        await patch(`/incidents/${incident.id}`, change, { 'X-Request-Id': 'client-2' });
        const changes = Object.fromEntries(
          subset.map((field) => [field, { from: newIncident[field], to: changed[field] }]),
        );
        const [created, ...more] = await history();
        expect(created).toMatchObject({ kind: 'created', changes: {}, request_id: 'client-1' });
        expect(more).toEqual([
          {
            id: expect.any(Number),
            incident_id: incident.id,
            kind: 'updated',
            changes,
            comment: null,
            actor: 'anonymous',
            request_id: 'client-2',
            at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          },
        ]);
      },
    );

    test('contains only fields with a new value', async () => {
      await patch(`/incidents/${incident.id}`, { ...newIncident, source: 'partner' });
      expect(await changesSince()).toEqual([{ source: { from: 'operator', to: 'partner' } }]);
    });

    test.each<[string, object]>([
      ['no field', {}],
      ['an unknown field', { urgency: 'high', id: 7, created_at: '1999-01-01T00:00:00Z' }],
      ['the status that it has', { status: newIncident.status }],
      ['everything as it is', newIncident],
    ])('to %s adds no event', async (_, change) => {
      expect((await patch(`/incidents/${incident.id}`, change)).status).toBe(200);
      expect(await changesSince()).toEqual([]);
    });

    test('adds no event when it is refused', async () => {
      expect((await patch(`/incidents/${incident.id}`, { text: 'другой', status: 'открыт' })).status).toBe(
        422,
      );
      expect((await patch(`/incidents/${incident.id}`, { text: null })).status).toBe(422);
      expect((await patch('/incidents/999999', changed)).status).toBe(404);
      expect(await changesSince()).toEqual([]);
    });

    test.each([
      ['case', 'бот не отвечает на команды'],
      ['a space at the end', `${newIncident.text} `],
      ['words that look alike', newIncident.text.replace('а', 'a')],
      ['emoji, quotes and markup', '\u{1F600} "\'\\ <b>%_</b> \u202e \ufeff'],
      ['a thousand emoji', '\u{1F600}'.repeat(1000)],
      ['the name of a prototype', '__proto__'],
    ])('of the text in %s is stored exactly', async (_, text) => {
      await patch(`/incidents/${incident.id}`, { text });
      expect(await changesSince()).toEqual([{ text: { from: newIncident.text, to: text } }]);
    });

    test('of the longest description is complete', async () => {
      const descriptions = ['я'.repeat(32_768), 'ж'.repeat(32_768)];
      for (const description of descriptions) await patch(`/incidents/${incident.id}`, { description });
      const [from, to] = descriptions;
      expect((await changesSince())[1]).toEqual({ description: { from, to } });
    });

    test('and its reversal are two events', async () => {
      for (const status of ['закрыт', 'новый']) await patch(`/incidents/${incident.id}`, { status });
      expect(await changesSince()).toEqual([
        { status: { from: 'новый', to: 'закрыт' } },
        { status: { from: 'закрыт', to: 'новый' } },
      ]);
    });

    test('is only in the history of its incident', async () => {
      const other = Incident.parse((await post('/incidents/', newIncident)).body);
      await patch(`/incidents/${other.id}`, changed);
      expect(await changesSince()).toEqual([]);
    });
  });

  describe('concurrent changes', () => {
    test('form one chain that ends with the current state', async () => {
      const statuses = ['новый', 'в работе', 'закрыт'] as const;
      const replies = await Promise.all(
        Array.from({ length: 80 }, (_, index) =>
          patch(
            `/incidents/${incident.id}`,
            index % 4 === 0
              ? { source: `source ${index % 5}`, text: `текст ${index}` }
              : { status: statuses[index % 3] },
            { 'X-Request-Id': `at-once-${index}` },
          ),
        ),
      );
      expect(replies.every(({ status }) => status === 200)).toBe(true);

      const events = await history();
      expect(events.length).toBeGreaterThan(20);
      const known: Record<string, string> = { ...newIncident };
      for (const { changes } of events) {
        for (const [field, { from, to }] of Object.entries(changes)) {
          expect(from).toBe(known[field]);
          expect(to).not.toBe(from);
          known[field] = to;
        }
      }
      expect((await request(`/incidents/${incident.id}`)).body).toMatchObject(known);

      const ids = events.map(({ id }) => id);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      const requests = events.map(({ request_id }) => request_id);
      expect(new Set(requests).size).toBe(requests.length);
    });

    test('have increasing times', async () => {
      await Promise.all(
        Array.from({ length: 80 }, (_, index) =>
          patch(`/incidents/${incident.id}`, { text: `текст ${index}` }),
        ),
      );
      const times = (await history()).map(({ at }) => at);
      expect(times).toHaveLength(81);
      expect(times).toEqual(times.toSorted());
    });

    test('to the same value add one event', async () => {
      await Promise.all(
        Array.from({ length: 20 }, () => patch(`/incidents/${incident.id}`, { status: 'закрыт' })),
      );
      expect(await changesSince()).toEqual([{ status: { from: 'новый', to: 'закрыт' } }]);
    });
  });

  test('returns an empty array for an incident older than the history', async () => {
    const { rows } = await database.db.pool.query<{ id: number }>(
      `insert into incidents (text, description, status, source) values ('t', 'd', 'open', 's') returning id`,
    );
    const id = rows[0]?.id;
    expect((await request(`/incidents/${id}/events`)).body).toEqual([]);
    await patch(`/incidents/${id}`, { status: 'закрыт' });
    expect((await request(`/incidents/${id}/events`)).body).toMatchObject([
      { kind: 'updated', changes: { status: { from: 'open', to: 'закрыт' } } },
    ]);
  });

  describe('paging', () => {
    const TEXTS = ['второй', 'третий', 'четвёртый', 'пятый'];

    beforeEach(async () => {
      for (const text of TEXTS) await patch(`/incidents/${incident.id}`, { text });
    });

    const textsOf = (events: IncidentEventList) => events.map(({ changes }) => changes.text?.to ?? 'created');
    const pages = async (query: string) =>
      (await pagesFrom(`/incidents/${incident.id}/events${query}`, list)).map(textsOf);

    test('links lead through all events, the oldest first', async () => {
      expect(await pages('')).toEqual([['created', ...TEXTS]]);
      expect(await pages('?limit=2')).toEqual([['created', 'второй'], ['третий', 'четвёртый'], ['пятый']]);
      expect(await pages('/?limit=1&skip=3')).toEqual([['четвёртый'], ['пятый']]);
    });

    test('links lead through all events, the newest first with order=newest', async () => {
      const newest = [...TEXTS].reverse();
      expect(await pages('?order=newest&limit=2')).toEqual([
        newest.slice(0, 2),
        newest.slice(2, 4),
        ['created'],
      ]);
    });

    test('a page with order=newest has no event twice when one is added meanwhile', async () => {
      const { entries, headers } = await list(`/incidents/${incident.id}/events?order=newest&limit=2`);
      await patch(`/incidents/${incident.id}`, { text: 'шестой' });
      expect(nextOf(headers)).toBe(
        `/incidents/${incident.id}/events?after=${entries[1]?.id}&limit=2&order=newest`,
      );
      const next = await list(nextOf(headers) ?? '');
      expect(textsOf(next.entries)).toEqual(['третий', 'второй']);
    });

    test('links have the path without a slash and keep the limit', async () => {
      for (const path of [`/incidents/${incident.id}/events`, `/incidents/0${incident.id}/events/`]) {
        const { entries, headers } = await list(`${path}?limit=2&skip=1`);
        expect(nextOf(headers)).toBe(`/incidents/${incident.id}/events?after=${entries[1]?.id}&limit=2`);
      }
    });

    test.each([
      ['limit=5', 5],
      ['limit=100', 5],
      ['limit=0', 0],
      ['limit=0&skip=2', 0],
      ['skip=3&limit=2', 2],
      ['skip=5', 0],
      ['skip=9007199254740991', 0],
      ['limit=1&limit=10', 5],
      ['status=закрыт', 5],
    ])('?%s returns %i events without a next page', async (query, length) => {
      const { entries, headers } = await list(`/incidents/${incident.id}/events?${query}`);
      expect(entries).toHaveLength(length);
      expect(headers.has('link')).toBe(false);
    });

    test('a page has at most 100 events', async () => {
      await database.db.pool.query(
        `insert into incident_events (incident_id, kind, actor, request_id)
       select $1, 'updated', 'a', 'r' from generate_series(1, 100)`,
        [incident.id],
      );
      const { entries, headers } = await list(`/incidents/${incident.id}/events`);
      expect(entries).toHaveLength(100);
      expect(nextOf(headers)).toBe(`/incidents/${incident.id}/events?after=${entries[99]?.id}&limit=100`);
      expect((await list(`/incidents/${incident.id}/events?skip=100`)).entries).toHaveLength(5);
    });

    test.each([
      ['skip=-1', 'query.skip', 'too_small'],
      ['after=-1', 'query.after', 'too_small'],
      ['order=latest', 'query.order', 'invalid_value'],
      ['skip=9007199254740992', 'query.skip', 'too_big'],
      ['limit=-1', 'query.limit', 'too_small'],
      ['limit=10001', 'query.limit', 'too_big'],
      ['limit=', 'query.limit', 'invalid_type'],
      ['limit=1e3', 'query.limit', 'invalid_type'],
      ['limit=5%200', 'query.limit', 'invalid_type'],
      ['limit=5%00', 'query.limit', 'invalid_type'],
    ])('?%s is refused', async (query, path, code) => {
      const { status, body } = await request(`/incidents/${incident.id}/events?${query}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ path, code }] });
    });

    test('HEAD returns the headers of GET', async () => {
      const target = `/incidents/${incident.id}/events?limit=2`;
      const { status, headers, text } = await request(target, { method: 'HEAD' });
      expect({ status, text }).toEqual({ status: 200, text: '' });
      expect(headers.get('link')).toBe((await list(target)).headers.get('link'));
      expect(headers.has('link')).toBe(true);
    });
  });

  describe('without an incident', () => {
    test.each(['/incidents/999999/events', '/incidents/999999/events/', '/incidents/999999/events?limit=0'])(
      'answers 404 for %s, as the legacy service',
      async (target) => {
        const { status, body } = await request(target);
        expect(status).toBe(404);
        expect(body).toMatchObject({
          type: 'urn:incident-service:problem:incident-not-found',
          detail: 'Инцидент не найден',
          instance: target.replace(/\?.*/, ''),
        });
      },
    );

    test('answers 404 after a deletion by hand', async () => {
      await database.db.pool.query('delete from incidents where id = $1', [incident.id]);
      expect((await request(`/incidents/${incident.id}/events`)).status).toBe(404);
    });

    test.each(['0', '-1', '00', String(2 ** 31), String(2 ** 53), String(2n ** 63n), '9'.repeat(1000)])(
      'answers 404 for id %s',
      async (id) => {
        expect((await request(`/incidents/${id}/events`)).status).toBe(404);
      },
    );

    test.each(['abc', '1.5', '1e0', '0x1', '1%201', '%2B%2B1', '%D9%A1', '1%00', '%FF', "1'", '1%2F2', '*'])(
      'refuses the id %s',
      async (id) => {
        const { status, body } = await request(`/incidents/${id}/events?limit=x`);
        expect(status).toBe(422);
        expect(body).toMatchObject({
          errors: [{ path: 'path.id', code: 'invalid_type' }, { path: 'query.limit' }],
        });
      },
    );
  });

  describe('large changes', () => {
    const texts = ['а'.repeat(32_768), 'ab'.repeat(32_768), '\u{1F600}'.repeat(16_384), 'коротко'];

    test('are streamed completely, with the headers of a page', async () => {
      for (const description of texts) {
        await patch(`/incidents/${incident.id}`, { description });
        await patch(`/incidents/${incident.id}`, { text: [...description].slice(0, 5).join('') });
      }
      const all = await history();
      expect(all.map(({ changes }) => changes.description?.to)).toEqual([
        undefined,
        ...texts.flatMap((text) => [text, undefined]),
      ]);
      const first = await list(`/incidents/${incident.id}/events?limit=4`);
      expect(first.entries).toEqual(all.slice(0, 4));
      expect(nextOf(first.headers)).toBe(`/incidents/${incident.id}/events?after=${all[3]?.id}&limit=4`);
      const pages = await pagesFrom(`/incidents/${incident.id}/events?limit=2`, list);
      expect(pages.flat()).toEqual(all);
    });

    test('answer 404 without an incident', async () => {
      expect((await request('/incidents/999999/events')).status).toBe(404);
    });
  });
});
