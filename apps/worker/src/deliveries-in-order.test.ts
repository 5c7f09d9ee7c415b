import { createIncident } from '@incidents/core/incident/create-incident';
import { updateIncident } from '@incidents/core/incident/update-incident';
import { writeContext } from '@incidents/core/testing/write-context';
import { eventually } from '@incidents/testing/eventually';
import { startMailServer } from '@incidents/testing/mail/fake-mail-server';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, onTestFinished, test } from 'vitest';
import { input } from './testing/delivery-cases.ts';
import { startDeliveryWorker } from './testing/delivery-world.ts';

describe('a storm', () => {
  const database = useTestDatabase();
  const log = useTestLogger();

  test('sends most new incidents as a digest, and a later change as a single message', async () => {
    const mail = await startMailServer();
    const bot = await startFakeBotApi();
    const worker = await startDeliveryWorker({
      db: database.db,
      logger: log.logger,
      mail: { url: mail.url, recipients: ['a@example.com', 'b@example.com'] },
      bot: { api: bot, recipients: ['201', '-202'] },
      storm: { threshold: 2, windowSeconds: 60, digestAfterSeconds: 2 },
    });
    onTestFinished(async () => {
      await worker.stop();
      await Promise.all([mail.close(), bot.close()]);
    });
    const context = writeContext(database.db.kysely, 'storm');
    const ids: number[] = [];
    for (let index = 0; index < 9; index++) {
      ids.push(
        (
          await createIncident(context, { ...input, text: `Узел ${index} молчит` }).then(
            ({ incident }) => incident,
          )
        ).id,
      );
    }
    const findIncidentIds = (texts: string[]) =>
      texts
        .flatMap((text) => [...text.matchAll(/№(\d+)/g)].map((match) => Number(match[1])))
        .sort((a, b) => a - b);
    const mails = (address: string) => mail.mailbox(address).map((received) => received.mail.text ?? '');
    const inbox = (recipient: string) =>
      recipient.includes('@') ? mails(recipient) : [...bot.shown(recipient).values()];
    for (const recipient of ['a@example.com', 'b@example.com', '201', '-202']) {
      await eventually(() => expect(findIncidentIds(inbox(recipient))).toEqual(ids));
      expect(inbox(recipient)).toHaveLength(3);
      expect(inbox(recipient)[2]).toContain('Новые инциденты: 7');
    }

    // Named in a digest only, so there is no message to edit and no mail to reply to.
    const last = ids.at(-1) ?? 0;
    await updateIncident(context, last, { status: 'закрыт' });
    for (const recipient of ['a@example.com', 'b@example.com', '201', '-202']) {
      await eventually(() => expect(inbox(recipient)).toHaveLength(4));
      expect(inbox(recipient)[3]).toMatch(new RegExp(`№${last}[^]*Статус: (новый → )?закрыт`));
    }
    await eventually(async () => {
      const { rows } = await database.db.pool.query('select state from deliveries group by state');
      expect(rows).toEqual([{ state: 'sent' }]);
    });
  });
});

describe('a backlog', () => {
  const database = useTestDatabase();
  const log = useTestLogger();

  test('is sent once in the order of events; with two workers the order holds per incident', async () => {
    const mail = await startMailServer();
    const bot = await startFakeBotApi();
    const workers: { stop(): Promise<void> }[] = [];
    const addWorker = async () => {
      workers.push(
        await startDeliveryWorker({
          db: database.db,
          logger: log.logger,
          mail: { url: mail.url, recipients: ['a@example.com', 'b@example.com'] },
          bot: { api: bot, recipients: ['301', '-302:7'] },
        }),
      );
    };
    onTestFinished(async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all([mail.close(), bot.close()]);
    });
    const context = writeContext(database.db.kysely, 'backlog');
    const ids: number[] = [];
    const expected: string[] = [];
    const report = async (index: number) => {
      const { id } = await createIncident(context, { ...input, text: `Узел ${index} молчит` }).then(
        ({ incident }) => incident,
      );
      ids.push(id);
      expected.push(`${id} new`);
    };
    const close = async (id: number) => {
      await updateIncident(context, id, { status: 'закрыт' });
      expected.push(`${id} closed`);
    };
    for (let index = 0; index < 30; index++) {
      await report(index);
      if (index % 3 === 2) await close(ids[index - 1] ?? 0);
    }
    const idIn = (text: string) => Number(/№(\d+)/.exec(text)?.[1]);
    const listMails = (address: string) =>
      mail
        .mailbox(address)
        .map(({ mail: { subject = '', inReplyTo } }) => `${idIn(subject)} ${inReplyTo ? 'closed' : 'new'}`);
    const shown = (chat: string) => [...bot.shown(chat).values()];

    await addWorker();
    for (const address of ['a@example.com', 'b@example.com']) {
      await eventually(() => expect(listMails(address)).toEqual(expected));
    }
    for (const chat of ['301', '-302']) await eventually(() => expect(shown(chat).map(idIn)).toEqual(ids));

    await addWorker();
    for (let index = 30; index < 60; index++) {
      await report(index);
      if (index % 3 === 2) await close(ids[index] ?? 0);
    }
    for (const address of ['a@example.com', 'b@example.com']) {
      await eventually(() => expect(listMails(address).toSorted()).toEqual(expected.toSorted()));
      for (const id of ids) {
        const own = (lines: string[]) => lines.filter((line) => line.startsWith(`${id} `));
        expect(own(listMails(address))).toEqual(own(expected));
      }
    }
    for (const chat of ['301', '-302']) {
      await eventually(() => {
        expect(shown(chat).map(idIn).toSorted()).toEqual(ids.toSorted());
        for (const text of shown(chat)) {
          expect(text).toContain(expected.includes(`${idIn(text)} closed`) ? 'закрыт' : 'новый');
        }
      });
    }
    expect(bot.stats()).toMatchObject({ duplicates: 0, overlaps: 0 });
    await eventually(async () => {
      const { rows } = await database.db.pool.query('select distinct state, attempts from deliveries');
      expect(rows).toEqual([{ state: 'sent', attempts: 1 }]);
    });
  });
});

describe('deliveries of a worker from before migration 0010', () => {
  const database = useTestDatabase();
  const log = useTestLogger();

  test('are sent once by the jobs deliver and send_digest', async () => {
    const mail = await startMailServer();
    const bot = await startFakeBotApi();
    const context = writeContext(database.db.kysely, 'before');
    const ids: number[] = [];
    for (let index = 0; index < 3; index++)
      ids.push((await createIncident(context, input).then(({ incident }) => incident)).id);
    await database.db.pool.query('truncate graphile_worker._private_jobs');
    // As that version did: a job for each delivery, and one for all that gather for a recipient.
    await database.db.pool.query(`
      insert into deliveries (event_id, incident_id, channel, transport, recipient, digest, next_attempt_at)
      select id, incident_id, 'email', 'smtp', 'a@example.com', position > 1, case when position = 1 then now() end
      from (select *, row_number() over (order by id) as position from incident_events) as event;
      select graphile_worker.add_job('deliver',
        json_build_object('delivery_id', id, 'incident_id', incident_id, 'request_id', 'r'))
      from deliveries where not digest;
      select graphile_worker.add_job('send_digest',
        '{"channel": "email", "recipient": "a@example.com", "request_id": "r"}', run_at => now() + interval '1 second')`);
    const worker = await startDeliveryWorker({
      db: database.db,
      logger: log.logger,
      mail: { url: mail.url, recipients: ['a@example.com'] },
      bot: { api: bot, recipients: ['101'] },
    });
    onTestFinished(async () => {
      await worker.stop();
      await Promise.all([mail.close(), bot.close()]);
    });
    const subjects = () => mail.mailbox('a@example.com').map((received) => received.mail.subject);
    await eventually(() =>
      expect(subjects()).toEqual([`Инцидент №${ids[0]}: Бот молчит`, 'Новые инциденты: 2']),
    );
    await eventually(async () => {
      const { rows } = await database.db.pool.query('select state, attempts from deliveries');
      expect(rows).toEqual(Array(3).fill({ state: 'sent', attempts: 1 }));
    });
  });
});
