import { randomUUID } from 'node:crypto';
import type { ListIncidentsQuery } from '@incidents/contracts';
import { createBatcher } from '@incidents/db/batcher';
import { type Redis, RedisAway } from './redis.ts';
import { createRepetitionCheck } from './repetition-check.ts';
import { createSharedReads } from './shared-reads.ts';

/** A reply as it is sent. */
export interface CachedReply {
  /** JSON. */
  body: string;
  /** Those that say something of the incidents. */
  headers: Record<string, string>;
}

/** A reply that is too large for memory, and so is not kept. */
export interface StreamedReply {
  /** JSON, put together. */
  parts: AsyncIterable<Uint8Array>;
  headers: Record<string, string>;
}

/** Replies that were made lately; docs/architecture.md, "Reading from the cache", says why none of them is stale. */
export interface IncidentCache {
  /** One page of the list, else what `read` makes of the database. Never throws by itself. */
  list<Reply extends CachedReply | StreamedReply>(
    query: ListIncidentsQuery & { countTotal: boolean },
    read: () => Promise<Reply>,
  ): Promise<Reply | CachedReply>;
  /** The same of one incident. */
  incident(id: number, read: () => Promise<CachedReply>): Promise<CachedReply>;
  /** To be awaited after a commit and before its reply. A new incident stands in lists alone. Never throws. */
  created(): Promise<void>;
  /** The same for one that was, or may have been, changed. */
  updated(id: number): Promise<void>;
}

/** Milliseconds from the moment of reading the database, by the clock of Redis. */
const LIFETIME = 2_000;

/** Bytes. A larger one takes longer to send through Redis and back than it is worth. */
const LARGEST_BODY = 256 * 1024;

/** Of a filter, which can be as long as an address; no known one comes near. */
const LONGEST_STATUS = 100;

/** Generations that single incidents share, by the rest of their id: as many keys, however many incidents. */
const GENERATIONS = 1_024;

const LISTS = 'generation:lists';
const generationOf = (id: number) => `generation:${id % GENERATIONS}`;

/** Invalidations that end in one command. */
const INVALIDATIONS = {
  concurrency: 2,
  maxItems: 1_000,
  timeoutMs: 1_000,
  timeoutError: () => new RedisAway(),
};

/** Equal reads at the same time share the next one. Without Redis every shared read is one of the database. */
export function createIncidentCache(redis: Redis | undefined): IncidentCache {
  const shareRead = createSharedReads();
  const readThrough = redis === undefined ? undefined : createRedisCache(redis);
  const read = <Reply extends CachedReply | StreamedReply>(
    generationKey: string,
    entryKey: string,
    readDatabase: () => Promise<Reply>,
  ) => shareRead(entryKey, () => readThrough?.read(generationKey, entryKey, readDatabase) ?? readDatabase());

  return {
    list({ status, skip, limit, countTotal }, readDatabase) {
      if (status !== undefined && status.length > LONGEST_STATUS) return readDatabase();
      return read(LISTS, `list:${JSON.stringify([status, skip, limit, countTotal])}`, readDatabase);
    },
    incident: (id, readDatabase) => read(generationOf(id), `incident:${id}`, readDatabase),
    async created() {
      await readThrough?.invalidate([LISTS]);
    },
    async updated(id) {
      await readThrough?.invalidate([LISTS, generationOf(id)]);
    },
  };
}

/** Replies in Redis. */
function createRedisCache(redis: Redis) {
  /** Generations whose end Redis could not be told, with the number of the attempt that failed. */
  const owed = new Map<string, number>();
  let attempts = 0;

  const owe = (generations: string[]) => {
    attempts += 1;
    for (const key of generations) owed.set(key, attempts);
  };

  /** Ends generations. In whatever order that arrives, and however late, a new one has no entries yet. */
  const end = async (generations: string[]) => {
    const debts = [...owed];
    const keys = new Set([...owed.keys(), ...generations]);
    try {
      await redis.tell((connection) => connection.mset(new Map([...keys].map((key) => [key, randomUUID()]))));
      // Unless it has failed once more since.
      for (const [key, attempt] of debts) if (owed.get(key) === attempt) owed.delete(key);
    } catch {
      owe(generations);
    }
  };

  let isSettling = false;
  const settle = async () => {
    if (isSettling) return;
    isSettling = true;
    await end([]);
    isSettling = false;
  };
  redis.connection.on('ready', () => {
    if (owed.size > 0) void settle();
  });

  const store = (key: string, entry: string, expiry: number) =>
    redis.ask((connection) => connection.set(key, entry, 'PXAT', expiry)).catch(() => null);

  /** A page that was not asked for lately is hardly there: it is not looked for, and costs Redis nothing. */
  const isRepeated = createRepetitionCheck(LIFETIME);

  const read = async <Reply extends CachedReply | StreamedReply>(
    generationKey: string,
    entryKey: string,
    readDatabase: () => Promise<Reply>,
  ): Promise<Reply | CachedReply> => {
    if (!isRepeated(entryKey) || !redis.isHere) return readDatabase();
    // What this process has changed it must not take from there before it could say so.
    if (owed.size > 0) {
      void settle();
      return readDatabase();
    }
    const [generation, entry] = await redis
      .ask((connection) => connection.mget(generationKey, entryKey))
      .catch(() => [undefined, undefined]);
    if (generation === undefined) return readDatabase();
    if (generation === null) {
      // Redis is new, or has forgotten: the next reader finds one. A fixed one could meet entries from before.
      void redis.ask((connection) => connection.set(generationKey, randomUUID(), 'NX')).catch(() => {});
      return readDatabase();
    }
    if (entry?.startsWith(generation)) return parse(entry.slice(generation.length));

    const asking = expiryFromNow(redis).catch(() => undefined);
    const reply = await readDatabase();
    if ('body' in reply && Buffer.byteLength(reply.body) <= LARGEST_BODY) {
      // Nobody waits for it.
      void asking.then((expiry) => {
        if (expiry !== undefined) return store(entryKey, generation + format(reply), expiry);
      });
    }
    return reply;
  };

  /** Writes that are answered at the same time share one command. */
  const invalidate = createBatcher(async (batch: string[][]) => {
    await end([...new Set(batch.flat())]);
    return batch.map(() => undefined);
  }, INVALIDATIONS);

  return { read, invalidate };
}

/**
 * When an entry that is read from the database from now on has to be gone, by the clock of Redis: however long its
 * storing is held up on the way, it does not live longer.
 * @throws RedisAway
 */
async function expiryFromNow(redis: Redis): Promise<number> {
  const asked = performance.now();
  const [seconds = 0, microseconds = 0] = (await redis.ask((connection) => connection.time())).map(Number);
  // It may have been any moment since.
  const sinceAsked = performance.now() - asked;
  return Math.floor(seconds * 1_000 + microseconds / 1_000 - sinceAsked + LIFETIME);
}

const format = ({ headers, body }: CachedReply) => `${JSON.stringify(headers)}\n${body}`;

function parse(entry: string): CachedReply {
  const end = entry.indexOf('\n');
  return { headers: JSON.parse(entry.slice(0, end)), body: entry.slice(end + 1) };
}
