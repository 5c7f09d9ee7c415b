import {
  afterChange,
  cause,
  changeIncident,
  recount,
  someIncident,
  storeIncident,
} from '@incidents/testing/fixtures/incidents';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import type { Kysely } from 'kysely';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createDb } from '../../client.ts';
import type { Database } from '../../tables/database.ts';
import { findIncident } from './find-incident.ts';
import type { IncidentRow } from './incident-row.ts';
import type { NewIncident } from './new-incident.ts';

const database = useTestDatabase();

const queuedFor = async (id: number) => {
  const { rows } = await database.db.pool.query<{ queued: number }>(
    `select count(*) as queued from graphile_worker._private_jobs where payload ->> 'incident_id' = $1`,
    [String(id)],
  );
  return rows[0]?.queued;
};

const newIncident = async (fields: Partial<NewIncident> = {}) =>
  (await storeIncident(database.db.kysely, someIncident(fields), cause, [])).id;

describe('one caller', () => {
  test.each<{ changes: Partial<NewIncident>; jobs: number }>([
    { changes: { status: 'закрыт' }, jobs: 1 },
    { changes: { source: 'partner' }, jobs: 1 },
    { changes: { status: 'закрыт', source: 'partner' }, jobs: 1 },
    { changes: { status: 'закрыт', text: 'другой' }, jobs: 1 },
    { changes: { text: 'другой' }, jobs: 0 },
    { changes: { description: 'другое' }, jobs: 0 },
    { changes: { status: 'новый' }, jobs: 0 },
    { changes: { status: 'новый', source: 'operator', text: 'другой' }, jobs: 0 },
    { changes: {}, jobs: 0 },
  ])('$changes changes these fields alone and queues $jobs job(s)', async ({ changes, jobs }) => {
    const id = await newIncident();
    const other = await newIncident();
    const before = (await findIncident(database.db.kysely, id)) as IncidentRow;
    const otherBefore = await findIncident(database.db.kysely, other);
    const changed = await changeIncident(database.db.kysely, id, changes, cause, recount);
    expect(changed).toEqual(afterChange(before, changes));
    expect(await findIncident(database.db.kysely, id)).toEqual(changed);
    expect(await findIncident(database.db.kysely, other)).toEqual(otherBefore);
    expect(await queuedFor(id)).toBe(jobs);
  });

  test.each([0, -1, 999_999, Number.MAX_SAFE_INTEGER])(
    '%s is no id: undefined, and nothing is queued',
    async (id) => {
      const { rows: before } = await database.db.pool.query('select count(*) from graphile_worker.jobs');
      expect(
        await changeIncident(database.db.kysely, id, { status: 'закрыт' }, cause, recount),
      ).toBeUndefined();
      expect((await database.db.pool.query('select count(*) from graphile_worker.jobs')).rows).toEqual(
        before,
      );
    },
  );
});

describe('a caller that has to wait for another', () => {
  const oneAfterTheOther = async (
    id: number,
    first: (db: Kysely<Database>) => Promise<unknown>,
    second: Partial<NewIncident>,
  ) => {
    const waiter = createDb({
      url: database.url,
      poolSize: 1,
      applicationName: 'incidents-waiter',
      onConnectionError: () => {},
    });
    onTestFinished(() => waiter.close());
    const result = await database.db.kysely.transaction().execute(async (transaction) => {
      await first(transaction);
      const waiting = changeIncident(waiter.kysely, id, second, cause, recount);
      await waitingForLock(database.db, 'incidents-waiter');
      return { waiting };
    });
    return result.waiting;
  };

  test('keeps the value that the other wrote into another field', async () => {
    const id = await newIncident();
    const result = await oneAfterTheOther(
      id,
      (db) => changeIncident(db, id, { status: 'закрыт', text: 'первый' }, cause, recount),
      { source: 'partner', description: 'второй' },
    );
    expect(result).toMatchObject({
      text: 'первый',
      description: 'второй',
      status: 'закрыт',
      source: 'partner',
    });
    expect(await findIncident(database.db.kysely, id)).toEqual(result);
    expect(await queuedFor(id)).toBe(2);
  });

  test('queues no job when the other already made the same change', async () => {
    const id = await newIncident();
    const change = { status: 'закрыт' };
    const result = await oneAfterTheOther(id, (db) => changeIncident(db, id, change, cause, recount), change);
    expect(result).toMatchObject(change);
    expect(await queuedFor(id)).toBe(1);
  });

  test('queues for its own change back', async () => {
    const id = await newIncident();
    const result = await oneAfterTheOther(
      id,
      (db) => changeIncident(db, id, { status: 'закрыт' }, cause, recount),
      {
        status: 'новый',
      },
    );
    expect(result).toMatchObject({ status: 'новый' });
    expect(await queuedFor(id)).toBe(2);
  });

  test('returns undefined when the other deleted it', async () => {
    const id = await newIncident();
    const result = await oneAfterTheOther(
      id,
      (db) => db.deleteFrom('incidents').where('id', '=', id).execute(),
      { status: 'закрыт' },
    );
    expect(result).toBeUndefined();
    expect(await queuedFor(id)).toBe(0);
  });
});

describe('many callers at once', () => {
  beforeEach(() =>
    database.db.pool.query(`
      create table if not exists real_changes (incident_id bigint not null, status text, source text);
      create or replace function record_real_change() returns trigger language plpgsql as $$
        begin insert into real_changes values (new.id, new.status, new.source); return null; end $$;
      create or replace trigger record_real_change after update on incidents for each row
        when ((old.status, old.source) is distinct from (new.status, new.source))
        execute function record_real_change()`),
  );

  test('loses no change of different fields', async () => {
    const ids = await Promise.all(Array.from({ length: 25 }, () => newIncident()));
    await Promise.all(
      ids.flatMap((id) =>
        Object.entries(
          someIncident({ text: 'т', description: 'о', status: 'закрыт', source: 'partner' }),
        ).map(([field, value]) => changeIncident(database.db.kysely, id, { [field]: value }, cause, recount)),
      ),
    );
    const { rows } = await database.db.pool.query(
      `select text, description, status, source, count(*) as incidents from incidents
       where id = any($1::bigint[]) group by 1, 2, 3, 4`,
      [ids],
    );
    expect(rows).toEqual([
      { text: 'т', description: 'о', status: 'закрыт', source: 'partner', incidents: ids.length },
    ]);
    expect(await Promise.all(ids.map(queuedFor))).toEqual(ids.map(() => 2));
  });

  test('one of those that write the same field wins, and a job is queued for each real change', async () => {
    const id = await newIncident();
    const statuses = ['новый', 'в работе', 'закрыт'];
    const results = await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        changeIncident(
          database.db.kysely,
          id,
          index % 4 === 3 ? { source: `source ${index % 5}` } : { status: statuses[index % 3] ?? '' },
          cause,
          recount,
        ),
      ),
    );
    const final = await findIncident(database.db.kysely, id);
    expect(results).toContainEqual(final);
    const { rows } = await database.db.pool.query<{ status: string; source: string }>(
      'select status, source from real_changes where incident_id = $1',
      [id],
    );
    // Fewer than callers: some wrote what was there already.
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.length).toBeLessThan(120);
    expect(await queuedFor(id)).toBe(rows.length);
    expect(rows).toContainEqual({ status: final?.status, source: final?.source });
  });
});
