import { Incident, IncidentList } from '@incidents/contracts';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { nextOf, pagesFrom } from '../../testing/pages.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const testApp = useTestApp();
const { request, post, database, log } = testApp;
const app = { request: (...asked: Parameters<typeof testApp.app.request>) => testApp.app.request(...asked) };

const TEXTS = ['первый', 'второй', 'третий', 'четвёртый', 'пятый'];
const STATUSES = ['новый', 'в работе', 'новый', 'закрыт', 'новый'];

beforeEach(async () => {
  await database.db.pool.query('delete from incidents');
  await database.db.pool.query(
    `insert into incidents (text, description, status, source)
     select text, 'd', status, 'operator' from unnest($1::text[], $2::text[]) as given (text, status)`,
    [TEXTS, STATUSES],
  );
});

const list = async (target: string, headers: Record<string, string> = {}) => {
  const reply = await request(target, { headers });
  expect(reply.status).toBe(200);
  const incidents = IncidentList.parse(reply.body);
  return { ...reply, incidents, texts: incidents.map(({ text }) => text) };
};

const pagesOfTexts = (target: string) =>
  pagesFrom(target, async (page) => {
    const { texts, headers } = await list(page);
    return { entries: texts, headers };
  });

describe('GET /incidents/', () => {
  describe('examples of the legacy service', () => {
    test.each(['/incidents/', '/incidents'])('%s returns a bare array, the newest first', async (path) => {
      const { texts, body } = await list(path);
      expect(texts).toEqual(TEXTS.toReversed());
      const fields = Object.keys((body as object[])[0] ?? {});
      expect(fields.slice(0, 6)).toEqual(['id', 'text', 'description', 'status', 'source', 'created_at']);
      expect(fields).toEqual(Object.keys(Incident.shape));
    });

    test.each([
      '/incidents/?status=новый',
      '/incidents/?status=%D0%BD%D0%BE%D0%B2%D1%8B%D0%B9',
      '/incidents?status=новый',
    ])('%s', async (target) => {
      expect((await list(target)).texts).toEqual(['пятый', 'третий', 'первый']);
    });

    test('/incidents/?skip=10&limit=5', async () => {
      for (let index = 0; index < 12; index++) {
        await post('/incidents/', { ...newIncident, text: `ещё ${index}` });
      }
      const { texts } = await list('/incidents/?skip=10&limit=5');
      expect(texts).toEqual(['ещё 1', 'ещё 0', 'пятый', 'четвёртый', 'третий']);
    });
  });

  test('sorts by id within the same time', async () => {
    await database.db.pool.query(`update incidents set created_at = '2025-11-08T12:00:00Z'`);
    const { incidents, texts } = await list('/incidents/');
    expect(texts).toEqual(TEXTS.toReversed());
    expect(incidents[0]?.created_at).toBe('2025-11-08T12:00:00.000Z');
  });

  describe('status', () => {
    test.each(['/incidents/?status=', '/incidents/?status'])('%s is no filter', async (target) => {
      expect((await list(target)).texts).toHaveLength(5);
    });

    test.each([
      ['a space as plus', '/incidents/?status=в+работе'],
      ['a space as %20', '/incidents/?status=в%20работе'],
    ])('%s', async (_, target) => {
      expect((await list(target)).texts).toEqual(['второй']);
    });

    test.each(['открыт', 'Новый', 'новый ', 'new', "' or 1=1 --", '%', '_овый', '\u{1F600}'.repeat(500)])(
      '%s is unknown and matches nothing',
      async (status) => {
        const { texts, headers } = await list(`/incidents/?status=${encodeURIComponent(status)}`);
        expect(texts).toEqual([]);
        expect(headers.has('link')).toBe(false);
      },
    );

    test('uses the last of two values', async () => {
      expect((await list('/incidents/?status=новый&status=закрыт')).texts).toEqual(['четвёртый']);
      expect((await list('/incidents/?status=закрыт&status=')).texts).toHaveLength(5);
    });
  });

  describe('paging', () => {
    test('uses the last of two values', async () => {
      expect((await list('/incidents/?skip=4&limit=5&skip=0&limit=1')).texts).toEqual(['пятый']);
      expect((await request('/incidents/?limit=5&limit=x')).status).toBe(422);
    });

    test('returns 100 by default', async () => {
      await database.db.pool.query(
        `insert into incidents (text, description, status, source)
       select 'много ' || n, 'd', 'новый', 'operator' from generate_series(1, 100) as n`,
      );
      const { texts, headers } = await list('/incidents/');
      expect(texts).toHaveLength(100);
      expect(nextOf(headers)).toBe('/incidents/?skip=100&limit=100');
      expect((await list('/incidents/?limit=10000')).texts).toHaveLength(105);
    });

    test.each([
      ['limit=10000', 5],
      ['limit=0', 0],
      ['skip=5', 0],
      ['skip=4', 1],
      ['skip=-0', 5],
      ['skip=9007199254740991', 0],
      ['limit=007', 5],
      // The legacy service accepted these; a `+` is a space.
      ['limit=+5', 5],
      ['limit=%205', 5],
      ['limit=%2B5', 5],
      ['limit=5.0', 5],
      ['limit=0_5', 5],
      ['skip=+0.0', 5],
      ['page=2&sort=id', 5],
    ])('?%s returns %i incidents without a next page', async (query, length) => {
      const { texts, headers } = await list(`/incidents/?${query}`);
      expect(texts).toHaveLength(length);
      expect(headers.has('link')).toBe(false);
    });

    test.each([
      ['skip=-1', 'query.skip', 'too_small', 'не меньше 0'],
      ['skip=9007199254740992', 'query.skip', 'too_big', 'не больше 9007199254740991'],
      [`skip=${'9'.repeat(400)}`, 'query.skip', 'too_big', 'не больше 9007199254740991'],
      ['limit=-1', 'query.limit', 'too_small', 'не меньше 0'],
      ['limit=10001', 'query.limit', 'too_big', 'не больше 10000'],
      ['limit=', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['limit=5.5', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['limit=1e3', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['limit=0x10', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['limit=%2B%2B5', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['limit=%D9%A3', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['limit=5%00', 'query.limit', 'invalid_type', 'ожидается целое число'],
      ['status=%00', 'query.status', 'nul_character', 'символ с кодом 0 недопустим'],
    ])('?%s is refused', async (query, path, code, message) => {
      const { status, body } = await request(`/incidents/?${query}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ path, code, message }] });
    });

    test('lists every refused parameter', async () => {
      const { body } = await request('/incidents/?skip=a&limit=b&status=%00');
      expect(body).toMatchObject({
        errors: [{ path: 'query.status' }, { path: 'query.skip' }, { path: 'query.limit' }],
      });
    });
  });

  describe('Link', () => {
    test('leads through every page to the end', async () => {
      expect(await pagesOfTexts('/incidents/?limit=2')).toEqual([
        ['пятый', 'четвёртый'],
        ['третий', 'второй'],
        ['первый'],
      ]);
      expect(await pagesOfTexts('/incidents?skip=1&limit=4')).toEqual([
        ['четвёртый', 'третий', 'второй', 'первый'],
      ]);
    });

    test('keeps the status', async () => {
      expect(await pagesOfTexts('/incidents/?status=новый&limit=1')).toEqual([
        ['пятый'],
        ['третий'],
        ['первый'],
      ]);
      await post('/incidents/', { ...newIncident, status: 'в работе' });
      const { headers } = await list('/incidents/?status=в%20работе&limit=1');
      expect(nextOf(headers)).toBe(
        '/incidents/?skip=1&limit=1&status=%D0%B2+%D1%80%D0%B0%D0%B1%D0%BE%D1%82%D0%B5',
      );
    });

    test('is absent on the last page, also when it is full', async () => {
      for (const query of ['limit=5', 'limit=6', 'skip=3&limit=2', 'skip=100', 'limit=0']) {
        expect((await list(`/incidents/?${query}`)).headers.has('link'), query).toBe(false);
      }
    });
  });

  describe('Prefer: count=exact', () => {
    test.each(['count=exact', 'COUNT=EXACT', 'respond-async, count=exact', 'count=exact; x=y'])(
      '%s counts all matches',
      async (prefer) => {
        const { headers, texts } = await list('/incidents/?status=новый&limit=1', { Prefer: prefer });
        expect(texts).toHaveLength(1);
        expect(headers.get('x-total-count')).toBe('3');
        expect(headers.get('preference-applied')).toBe('count=exact');
      },
    );

    test('counts with limit=0 and without matches', async () => {
      const prefer = { Prefer: 'count=exact' };
      expect((await list('/incidents/?limit=0', prefer)).headers.get('x-total-count')).toBe('5');
      expect((await list('/incidents/?status=x', prefer)).headers.get('x-total-count')).toBe('0');
    });

    test.each(['', 'count=estimated', 'discount=exact', 'count=exactly'])(
      '"%s" does not count',
      async (prefer) => {
        const { headers } = await list('/incidents/', { Prefer: prefer });
        expect(headers.has('x-total-count')).toBe(false);
        expect(headers.has('preference-applied')).toBe(false);
      },
    );
  });

  describe('a streamed page', () => {
    const DESCRIPTION = 'я'.repeat(32_768);
    const insert = (count: number) =>
      database.db.pool.query(
        `insert into incidents (text, description, status, source)
       select 'большой ' || n, $2, 'новый', 'operator' from generate_series(1, $1) as n`,
        [count, DESCRIPTION],
      );
    const large = (from: number, to: number) =>
      Array.from({ length: from - to + 1 }, (_, index) => `большой ${from - index}`);

    test('is the same array with the same headers', async () => {
      await insert(30);
      const { texts, incidents, headers } = await list('/incidents/?limit=32', { Prefer: 'count=exact' });
      expect(texts).toEqual([...large(30, 1), 'пятый', 'четвёртый']);
      expect(incidents[0]?.description).toBe(DESCRIPTION);
      expect(headers.get('x-total-count')).toBe('35');
      expect(nextOf(headers)).toBe('/incidents/?skip=32&limit=32');
      expect(headers.has('content-length')).toBe(false);
      expect(await pagesOfTexts('/incidents/?limit=17&status=новый')).toEqual([
        large(30, 14),
        [...large(13, 1), 'пятый', 'третий', 'первый'],
      ]);
    });

    test.each([
      ['limit=29', true],
      ['limit=30', true],
      ['limit=35', false],
      ['skip=5&limit=30', false],
      ['limit=36', false],
      ['limit=10000', false],
      ['skip=28&limit=2', true],
    ])('?%s has a next page: %s', async (query, hasNext) => {
      await insert(30);
      const { headers, texts } = await list(`/incidents/?${query}`);
      expect(headers.has('link')).toBe(hasNext);
      const skip = Number(/skip=(\d+)/.exec(query)?.[1] ?? 0);
      const limit = Number(/limit=(\d+)/.exec(query)?.[1]);
      expect(texts).toEqual([...large(30, 1), ...TEXTS.toReversed()].slice(skip, skip + limit));
    });

    test('may consist of thousands of small incidents', async () => {
      await database.db.pool.query(
        `insert into incidents (text, description, source) select n, 'd', 'operator' from generate_series(1, 3000) as n`,
      );
      const { incidents, headers } = await list('/incidents/?limit=2900');
      expect(incidents.map(({ text }) => text)).toEqual(
        Array.from({ length: 2_900 }, (_, index) => String(3_000 - index)),
      );
      expect(nextOf(headers)).toBe('/incidents/?skip=2900&limit=2900');
    });

    test('returns only headers for HEAD', async () => {
      await insert(30);
      const { status, headers, text } = await request('/incidents/?limit=20', { method: 'HEAD' });
      expect({ status, text }).toEqual({ status: 200, text: '' });
      expect(nextOf(headers)).toBe('/incidents/?skip=20&limit=20');
    });

    test('omits incidents whose status changes meanwhile, without shifting others', async () => {
      await insert(30);
      const reply = await app.request('/incidents/?limit=100&status=новый');
      await database.db.pool.query(`update incidents set status = 'закрыт' where text = 'большой 3'`);
      await post('/incidents/', newIncident);
      const incidents = IncidentList.parse(await reply.json());
      expect(incidents.map(({ text }) => text)).toEqual([
        ...large(30, 4),
        ...large(2, 1),
        'пятый',
        'третий',
        'первый',
      ]);
    });

    test('is broken off when the database fails', async () => {
      await insert(30);
      const reply = await app.request('/incidents/?limit=30', { headers: { 'X-Request-Id': 'broken-off' } });
      expect(reply.status).toBe(200);
      await database.db.pool.query('alter table incidents rename to elsewhere');
      onTestFinished(
        async () => void (await database.db.pool.query('alter table elsewhere rename to incidents')),
      );
      await expect(reply.text()).rejects.toThrow();
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', request_id: 'broken-off', msg: 'a reply was broken off' }),
      );
    });

    test('is 503 beyond 64 open ones, until one ends', async () => {
      await insert(10);
      const open = await Promise.all(Array.from({ length: 64 }, () => app.request('/incidents/?limit=10')));
      const refused = await app.request('/incidents/?limit=10');
      expect(await refused.json()).toMatchObject({ status: 503, title: 'Сервис перегружен' });
      expect(refused.headers.has('link')).toBe(false);
      expect((await request('/incidents/?limit=10', { method: 'HEAD' })).status).toBe(200);
      expect((await request('/incidents/?limit=1')).status).toBe(200);
      await open.pop()?.body?.cancel();
      await open.pop()?.text();
      const others = await Promise.all([
        app.request('/incidents/?limit=10'),
        app.request('/incidents/?limit=10'),
      ]);
      expect(others.map(({ status }) => status)).toEqual([200, 200]);
      expect((await app.request('/incidents/?limit=10')).status).toBe(503);
      await Promise.all([...open, ...others].map((reply) => reply.body?.cancel()));
      expect((await list('/incidents/?limit=10')).texts).toHaveLength(10);
    });
  });

  test('HEAD returns the headers of GET', async () => {
    const { status, headers, text } = await request('/incidents/?limit=2', {
      method: 'HEAD',
      headers: { Prefer: 'count=exact' },
    });
    expect({ status, text }).toEqual({ status: 200, text: '' });
    expect(headers.get('x-total-count')).toBe('5');
    expect(nextOf(headers)).toBe('/incidents/?skip=2&limit=2');
  });
});
