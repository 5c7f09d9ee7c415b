import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createGate,
  listIncidentIds,
  listSentIncidents,
  sent,
  useOutboxes,
} from './testing/outbox-fixture.ts';
import { scriptedChannel } from './testing/scripted-channel.ts';

const {
  database,
  log,
  planIncidents,
  readDeliveries,
  readStates,
  startEngine,
  waitUntilReleased,
  waitUntilSent,
} = useOutboxes();

describe('startOutboxEngine: database unavailable', () => {
  const cut = () =>
    database.db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'incidents-engine'`,
    );

  test('repeats the record, and sends no message twice', { timeout: 30_000 }, async () => {
    const events = await planIncidents(12);
    let proxy = await startCutOffProxy(database.url);
    const port = Number(new URL(proxy.url).port);
    onTestFinished(() => proxy.close());
    const away = createGate();
    const email = scriptedChannel(async ({ number }) => {
      if (number === 4) await away.opened;
      return sent;
    });
    await startEngine({ email }, { url: proxy.url });
    await eventually(() => expect(email.messages).toHaveLength(4));
    const closed = proxy.close();
    await cut();
    await closed;
    away.open();
    await sleep(1_500);
    expect((await readDeliveries()).map(({ state }) => state)).toContain('sending');
    proxy = await startCutOffProxy(database.url, port);
    await waitUntilSent();
    expect(listSentIncidents(email)).toEqual(listIncidentIds(events));
    expect(await readDeliveries()).toMatchObject(Array(12).fill({ state: 'sent', attempts: 1 }));
    await waitUntilReleased();
  });

  test('loses and repeats nothing when connections break', {
    timeout: 30_000,
  }, async () => {
    const recipients = ['a@example.com', 'b@example.com'];
    const events = await planIncidents(40, { recipients });
    const email = scriptedChannel(async () => {
      await sleep(15);
      return sent;
    });
    await startEngine({ email });
    const cutting = setInterval(() => void cut().catch(() => {}), 60);
    onTestFinished(() => clearInterval(cutting));
    await sleep(1_000);
    clearInterval(cutting);
    await waitUntilSent();
    for (const recipient of recipients)
      expect(listSentIncidents(email, recipient)).toEqual(listIncidentIds(events));
    expect(await readStates()).toEqual(['sent']);
  });

  test('stops within abortAfterMs', { timeout: 30_000 }, async () => {
    await planIncidents(2);
    const proxy = await startCutOffProxy(database.url);
    const away = createGate();
    const email = scriptedChannel(async () => {
      await away.opened;
      return sent;
    });
    const engine = await startEngine({ email }, { url: proxy.url });
    await eventually(() => expect(email.messages).toHaveLength(1));
    const closed = proxy.close();
    await cut();
    await closed;
    away.open();
    await sleep(200);
    const began = performance.now();
    await engine.stop(500);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('startOutboxEngine: record refused', () => {
  test('continues with other outboxes when a record fails', async () => {
    log.expectErrors();
    await database.db.pool.query(
      `create function refuse() returns trigger language plpgsql as $$
       begin
         if new.state = 'sent' and new.id between 2 and 25 then raise exception 'refused'; end if;
         return new;
       end $$;
     create trigger refuse before update on deliveries for each row execute function refuse()`,
    );
    try {
      await planIncidents(25, { recipients: ['a@example.com'] });
      const email = scriptedChannel(async ({ recipient }) => {
        // Longer than the record of the previous message.
        if (recipient === 'a@example.com') await sleep(60);
        return sent;
      });
      await startEngine({ email });
      await eventually(() =>
        expect(log.lines).toContainEqual(
          expect.objectContaining({ level: 'error', msg: 'outbox drain failed' }),
        ),
      );
      await planIncidents(1, { recipients: ['b@example.com'] });
      await eventually(async () => {
        expect(
          (await readDeliveries()).filter(({ recipient }) => recipient === 'b@example.com'),
        ).toMatchObject([{ state: 'sent' }]);
      });
      await database.db.pool.query('drop trigger refuse on deliveries');
      await waitUntilSent();
    } finally {
      await database.db.pool.query('drop trigger if exists refuse on deliveries; drop function refuse');
    }
  });
});
