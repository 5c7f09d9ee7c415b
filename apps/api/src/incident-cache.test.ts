import { setTimeout as wait } from 'node:timers/promises';
import type { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/db/testing/eventually';
import { useTestLogger } from '@incidents/process/testing/test-logger';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CachedReply, createIncidentCache, type IncidentCache } from './incident-cache.ts';
import type { Redis } from './redis.ts';
import { newIncident, useTestApp } from './testing/test-app.ts';
import { canStartRedis, hasRedis, useRedisServers, useTestRedis } from './testing/test-redis.ts';

const log = useTestLogger();
const isHere = (redis: Redis) => eventually(() => expect(redis.isHere).toBe(true));

/** A database with one value, which tells how often it was read. */
function source() {
  let value = 0;
  let reads = 0;
  return {
    change: () => {
      value += 1;
    },
    read: async (): Promise<CachedReply> => {
      reads += 1;
      return { body: String(value), headers: {} };
    },
    get reads() {
      return reads;
    },
  };
}

const query = { skip: 0, limit: 100, countTotal: false };
let lastId = 0;
const newId = () => ++lastId;

describe('without Redis', () => {
  test('every read is one of the database', async () => {
    const cache = createIncidentCache(undefined);
    const { read } = source();
    expect(await cache.list(query, read)).toEqual({ body: '0', headers: {} });
    expect(await cache.incident(1, read)).toEqual({ body: '0', headers: {} });
    await cache.created();
    await cache.updated(1);
  });
});

describe.skipIf(!hasRedis())('with Redis', () => {
  const redis = useTestRedis(log.logger);
  let here: Redis;
  let there: Redis;
  let one: IncidentCache;
  let other: IncidentCache;
  beforeAll(async () => {
    here = redis.connect();
    there = redis.connect();
    await isHere(here);
    await isHere(there);
    one = createIncidentCache(here);
    other = createIncidentCache(there);
  });

  /** Reads until that comes from Redis. */
  const untilCached = (read: () => Promise<unknown>, from: { readonly reads: number }) =>
    eventually(async () => {
      const before = from.reads;
      await read();
      expect(from.reads).toBe(before);
    });

  const untilStored = (id: number) =>
    eventually(async () => expect(await here.connection.exists(`incident:${id}`)).toBe(1));

  test('a reply is sent again, with its headers, by the other process too', async () => {
    const reply = { body: '["ё"]', headers: { Link: '</incidents/?skip=1>; rel="next"' } };
    const id = newId();
    await eventually(async () => {
      await one.incident(id, async () => reply);
      const found = other.incident(id, () => Promise.reject(new Error('a miss')));
      expect(await found).toEqual(reply);
    });
  });

  test('pages are told apart by everything that was asked for', async () => {
    const queries = [
      query,
      { ...query, skip: 1 },
      { ...query, limit: 1 },
      { ...query, status: 'новый' },
      { ...query, status: 'x'.repeat(200) },
      { ...query, countTotal: true },
    ];
    for (let round = 0; round < 3; round++) {
      for (const [index, query] of queries.entries()) {
        const { body } = await one.list(query, async () => ({ body: String(index), headers: {} }));
        expect(body).toBe(String(index));
      }
    }
  });

  test('a change is seen by the next read, of either process; other incidents stay', async () => {
    const [id, neighbour] = [newId(), newId()];
    const [changing, quiet] = [source(), source()];
    await untilCached(() => one.incident(neighbour, quiet.read), quiet);
    const { reads } = quiet;
    await one.updated(id);
    await one.incident(neighbour, quiet.read);
    expect(quiet.reads).toBe(reads);
    for (let change = 1; change <= 100; change++) {
      changing.change();
      await one.updated(id);
      expect((await other.incident(id, changing.read)).body).toBe(String(change));
      expect((await other.list(query, changing.read)).body).toBe(String(change));
      expect((await one.incident(id, changing.read)).body).toBe(String(change));
    }
  });

  test('a new incident ends pages, and no single one', async () => {
    const [id, page, single] = [newId(), source(), source()];
    await untilCached(() => one.list(query, page.read), page);
    await untilCached(() => one.incident(id, single.read), single);
    page.change();
    await one.created();
    expect((await one.list(query, page.read)).body).toBe('1');
    const { reads } = single;
    await one.incident(id, single.read);
    expect(single.reads).toBe(reads);
  });

  test('what was read before a change and stored after it is never sent', async () => {
    const id = newId();
    await one.updated(id);
    // Only a page that comes again is looked for in Redis, and stored there.
    await one.incident(id, async () => ({ body: 'older', headers: {} }));
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow = one.incident(id, async () => {
      begin();
      await held;
      return { body: 'old', headers: {} };
    });
    await begun;
    await one.updated(id);
    release();
    expect((await slow).body).toBe('old');
    await untilStored(id);
    for (let read = 0; read < 20; read++) {
      const { body } = await one.incident(id, async () => ({ body: 'new', headers: {} }));
      expect(body).toBe('new');
      await wait(2);
    }
  });

  test('an entry lives for two seconds from its reading, however late it was stored', async () => {
    const [id, lasting] = [newId(), source()];
    await untilCached(() => one.incident(id, lasting.read), lasting);
    await one.updated(id);
    await one.incident(id, async () => {
      await wait(700);
      return { body: 'late', headers: {} };
    });
    const left = await eventually(async () => {
      const left = await here.connection.pttl(`incident:${id}`);
      expect(left).toBeGreaterThan(0);
      return left;
    });
    expect(left).toBeLessThanOrEqual(1_300);
    await wait(left + 20);
    expect((await one.incident(id, lasting.read)).body).toBe('0');
  });

  test('a large reply is not kept, a failure is passed on', async () => {
    const id = newId();
    // 256 KiB and two bytes, in half as many letters.
    const body = 'ё'.repeat(128 * 1024 + 1);
    for (let read = 0; read < 3; read++) await one.incident(id, async () => ({ body, headers: {} }));
    await wait(50);
    expect(await here.connection.exists(`incident:${id}`)).toBe(0);
    await expect(one.incident(id, () => Promise.reject(new Error('not found')))).rejects.toThrow('not found');
  });

  describe('two applications over one database', () => {
    const first = useTestApp({ redis: () => here });
    const second = useTestApp({ redis: () => there, db: () => first.database.db });

    test('what a client has written it reads, whichever it asks', async () => {
      const created = (await first.post('/incidents/', newIncident)).body as Incident;
      const apps = [first, second];
      for (let turn = 0; turn < 200; turn++) {
        const [writer, reader] = turn % 3 === 0 ? [second, first] : [first, second];
        if (writer === undefined || reader === undefined) throw new Error('there are two');
        const text = `раз ${turn}`;
        expect((await writer.patch(`/incidents/${created.id}`, { text })).status).toBe(200);
        expect((await reader.request(`/incidents/${created.id}`)).body).toMatchObject({ text });
        expect((await reader.request('/incidents/?limit=1')).body).toMatchObject([{ text }]);
        // Others read all the time, so there is something to be stale.
        await Promise.all(apps.map((app) => app.request(`/incidents/${created.id}`)));
        await Promise.all(apps.map((app) => app.request('/incidents/?limit=1')));
      }
      const { body } = await first.post('/incidents/', { ...newIncident, text: 'новее' });
      expect((await second.request('/incidents/?limit=1')).body).toEqual([body]);
    });

    test('a page from Redis is the same reply', async () => {
      await first.post('/incidents/', newIncident);
      const ask = () =>
        second.request('/incidents/?limit=1&status=новый', { headers: { Prefer: 'count=exact' } });
      const fresh = await ask();
      await wait(50);
      const again = await ask();
      expect(again.text).toBe(fresh.text);
      for (const name of ['link', 'x-total-count', 'preference-applied', 'content-type']) {
        expect(again.headers.get(name), name).not.toBeNull();
        expect(again.headers.get(name), name).toBe(fresh.headers.get(name));
      }
    });

    test('one that does not exist is not remembered', async () => {
      const { id } = (await first.post('/incidents/', newIncident)).body as Incident;
      expect((await second.request(`/incidents/${id + 1}`)).status).toBe(404);
      await first.post('/incidents/', newIncident);
      expect((await second.request(`/incidents/${id + 1}`)).status).toBe(200);
    });
  });
});

describe.skipIf(!canStartRedis())('a Redis that', () => {
  const servers = useRedisServers(log.logger);
  const begin = async () => {
    const server = await servers.start();
    const [here, there] = [servers.connect(server.url), servers.connect(server.url)];
    await isHere(here);
    await isHere(there);
    return { server, here, one: createIncidentCache(here), other: createIncidentCache(there) };
  };

  test.each(['is killed', 'freezes'])('%s: reads are of the database, and come back', async (what) => {
    const { server, here, one } = await begin();
    const { read, ...counted } = source();
    await eventually(async () => {
      await one.incident(1, read);
      expect(await here.connection.exists('incident:1')).toBe(1);
    });
    if (what === 'freezes') server.freeze();
    else await server.kill();
    const { change } = counted;
    for (let turn = 1; turn <= 20; turn++) {
      change();
      await one.updated(1);
      expect((await one.incident(1, read)).body).toBe(String(turn));
    }
    if (what === 'freezes') server.thaw();
    else await server.start();
    await isHere(here);
    // What it could not be told is told first.
    for (let turn = 0; turn < 20; turn++) expect((await one.incident(1, read)).body).toBe('20');
    await eventually(async () => {
      await one.incident(1, read);
      expect(await here.connection.exists('incident:1')).toBe(1);
    });
  });

  test('forgets everything while something is read: that is not found again', async () => {
    const { here, one, other } = await begin();
    // Under a name that a reader has given: no other reader may give the same one later.
    await eventually(async () => {
      await one.incident(1, async () => ({ body: 'older', headers: {} }));
      expect(await here.connection.exists('incident:1')).toBe(1);
    });
    await here.connection.del('incident:1');
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: start } = Promise.withResolvers<void>();
    const slow = one.incident(1, async () => {
      start();
      await held;
      return { body: 'old', headers: {} };
    });
    await begun;
    await other.updated(1);
    await here.connection.flushall();
    release();
    await slow;
    await eventually(async () => expect(await here.connection.exists('incident:1')).toBe(1));
    for (let read = 0; read < 20; read++) {
      expect((await other.incident(1, async () => ({ body: 'new', headers: {} }))).body).toBe('new');
      await wait(2);
    }
  });

  test('refuses to write: a process that could not say what it has changed does not read there', async () => {
    const { here, one } = await begin();
    const changing = source();
    await eventually(async () => {
      await one.incident(1, changing.read);
      expect(await here.connection.exists('incident:1')).toBe(1);
    });
    await here.connection.config('SET', 'maxmemory', '1');
    changing.change();
    await one.updated(1);
    for (let read = 0; read < 5; read++) expect((await one.incident(1, changing.read)).body).toBe('1');
    await here.connection.config('SET', 'maxmemory', '0');
    await eventually(async () => {
      const { reads } = changing;
      expect((await one.incident(1, changing.read)).body).toBe('1');
      expect(changing.reads).toBe(reads);
    });
  });
});
