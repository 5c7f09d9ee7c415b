import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { afterEach, describe, expect, test } from 'vitest';
import { type EventPosition, formatPosition, parsePosition } from './event-position.ts';
import { canContinue, readEvents, readLatestPosition } from './read-events.ts';

const database = useTestDatabase();
const context = () => ({ db: database.db.kysely });

/** Of each event, so that tests know them: 1, 2, … */
let incident = 0;
const startTransaction = () => database.db.kysely.startTransaction().execute();
const open = new Set<Awaited<ReturnType<typeof startTransaction>>>();
const rollBackAll = async () => {
  for (const transaction of open) await transaction.rollback().execute();
  open.clear();
};
afterEach(rollBackAll);

async function begin() {
  const transaction = await startTransaction();
  open.add(transaction);
  return {
    async insert() {
      incident += 1;
      const event = { incident_id: incident, kind: 'created', actor: 'tester', request_id: 'r' } as const;
      await transaction
        .insertInto('incident_events')
        .values({ ...event, changes: {} })
        .execute();
      return incident;
    },
    async commit() {
      open.delete(transaction);
      await transaction.commit().execute();
    },
  };
}

const insertEvents = (count: number) =>
  database.db.pool.query(
    `insert into incident_events (incident_id, kind, actor, request_id)
     select 0, 'created', 'tester', 'r' from generate_series(1, $1::int)`,
    [count],
  );

/** The incidents of the events, in the order of reading, and the position behind them. */
async function readOn(from: EventPosition) {
  const { seen } = await readLatestPosition(context());
  const incidents: number[] = [];
  let position = from;
  while (position.reading !== undefined || position.seen !== seen) {
    const batch = await readEvents(context(), position, seen);
    for (const { row } of batch.events) incidents.push(JSON.parse(row.json).event.incident_id);
    position = batch.position;
  }
  return { incidents, position };
}

describe('readEvents', () => {
  test('reads an event whose transaction commits after those of later ids', async () => {
    const start = await readLatestPosition(context());
    const [slow, fast] = [await begin(), await begin()];
    const first = await slow.insert();
    const second = await fast.insert();
    await fast.commit();
    const before = await readOn(start);
    expect(before.incidents).toEqual([second]);
    await slow.commit();
    expect((await readOn(before.position)).incidents).toEqual([first]);
  });

  test('reads on beside a transaction that stays open', async () => {
    const slow = await begin();
    const late = await slow.insert();
    let { position } = await readOn(await readLatestPosition(context()));
    for (let round = 0; round < 3; round++) {
      const other = await begin();
      const inserted = await other.insert();
      await other.commit();
      const batch = await readOn(position);
      expect(batch.incidents).toEqual([inserted]);
      position = batch.position;
    }
    await slow.commit();
    expect((await readOn(position)).incidents).toEqual([late]);
  });

  test('reads each event once, however transactions overlap', async () => {
    let { position } = await readOn(await readLatestPosition(context()));
    const first = incident + 1;
    const read: number[] = [];
    const overlapping: Awaited<ReturnType<typeof begin>>[] = [];
    for (let step = 0; step < 120; step++) {
      if (overlapping.length < 4) overlapping.push(await begin());
      await overlapping[(step * 7) % overlapping.length]?.insert();
      if (step % 3 === 0) await overlapping.splice((step * 5) % overlapping.length, 1)[0]?.commit();
      if (step % 2 === 0) {
        const batch = await readOn(position);
        read.push(...batch.incidents);
        // As by a client that connects again.
        position = parsePosition(formatPosition(batch.position)) ?? position;
      }
    }
    for (const writer of overlapping) await writer.commit();
    read.push(...(await readOn(position)).incidents);
    expect(read.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, index) => first + index));
  });

  test('leaves out the events of a rolled-back transaction', async () => {
    const start = await readLatestPosition(context());
    const writer = await begin();
    await writer.insert();
    await rollBackAll();
    expect((await readOn(start)).incidents).toEqual([]);
  });

  test('goes on within a range at the position of any event', async () => {
    const start = await readLatestPosition(context());
    await insertEvents(1_203);
    const until = await readLatestPosition(context());
    const ids: number[] = [];
    let position = start;
    while (position.seen !== until.seen || position.reading) {
      const { events } = await readEvents(context(), position, until.seen);
      // Only some of the events arrive before the client connects again.
      const arrived = events.slice(0, 61);
      ids.push(...arrived.map(({ row }) => row.id));
      position = parsePosition(formatPosition(arrived.at(-1)?.position ?? until)) ?? start;
    }
    expect(ids).toHaveLength(1_203);
    expect(new Set(ids).size).toBe(1_203);
  });
});

describe('canContinue', () => {
  const latest = async () => (await readLatestPosition(context())).seen;

  test('up to 10,000 events behind', async () => {
    const start = await readLatestPosition(context());
    await insertEvents(10_000);
    expect(await canContinue(context(), start, await latest())).toBe(true);
    await insertEvents(1);
    expect(await canContinue(context(), start, await latest())).toBe(false);
  });

  test.each([
    ['of a server that has counted further', '9000000000:9000000000:'],
    ['whose parts are in no order', '5:4:'],
    ['with a range that ends before it begins', '7:7:/5:5:/5/1'],
    ['with a transaction out of range', '3:4:9'],
  ])('refuses a position %s', async (_, text) => {
    const position = parsePosition(text);
    if (position === undefined) throw new Error('it has the form of a position');
    expect(await canContinue(context(), position, await latest())).toBe(false);
  });
});

test.each(['', 'x', '1', '1:2', '1:2:3,', '1:2:/', "1:2:' or 1", '1:2:\n', '-1:2:'])(
  'parsePosition refuses %j',
  (text) => expect(parsePosition(text)).toBeUndefined(),
);
