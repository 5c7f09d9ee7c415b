import type { Incident } from '@incidents/contracts';
import { listIncidentDeliveries } from '@incidents/core/delivery/list-incident-deliveries';
import { retryDelivery } from '@incidents/core/delivery/retry-delivery';
import { createIncident } from '@incidents/core/incident/create-incident';
import { updateIncident } from '@incidents/core/incident/update-incident';
import { writeContext } from '@incidents/core/testing/write-context';
import { eventually } from '@incidents/testing/eventually';
import { type MailServer, type Reaction, startMailServer } from '@incidents/testing/mail/fake-mail-server';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { refusals } from '@incidents/testing/telegram/fake-answer';
import { type FakeBotApi, startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { useTestLogger } from '@incidents/testing/test-logger';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  AT_ONCE,
  allCases,
  cases,
  chatCases,
  findEnd,
  getChat,
  getMessageId,
  input,
  type MailCase,
  mailCases,
  silent,
} from './testing/delivery-cases.ts';
import {
  type Moment,
  recordMoments,
  SOCKET_TIMEOUT_MS,
  startDeliveryWorker,
} from './testing/delivery-world.ts';
import { addJob } from './testing/run-queue.ts';

describe('deliveries of one incident, with a different server reply for each recipient', () => {
  const database = useTestDatabase();
  const log = useTestLogger();
  let mail: MailServer;
  let bot: FakeBotApi;
  let worker: { stop(): Promise<void> };
  let incident: Incident;
  let course: Moment[];
  const better = new Set<string>();
  const context = (requestId: string) => writeContext(database.db.kysely, requestId);

  beforeEach(() => log.expectErrors());
  beforeAll(async () => {
    const reaction = (address: string, at: MailCase['at']): Reaction => {
      const one = mailCases.find(({ recipient }) => recipient === address);
      return one === undefined || one.at !== at || better.has(address) ? 'ok' : one.until;
    };
    mail = await startMailServer({
      rcptTo: (address) => reaction(address, 'rcptTo'),
      message: (address) => reaction(address, 'message'),
    });
    bot = await startFakeBotApi({ limits: { chatPerSecond: 1e6, groupPerMinute: 1e6, totalPerSecond: 1e6 } });
    bot.script(
      ...chatCases.map(({ recipient, answer, always }) => ({
        answer,
        chat: recipient.split(':')[0] ?? '',
        times: always ? 1_000 : 1,
      })),
    );
    await recordMoments(database.db);
    worker = await startDeliveryWorker({
      db: database.db,
      logger: log.logger,
      mail: { url: mail.url, recipients: mailCases.map(({ recipient }) => recipient) },
      bot: { api: bot, recipients: chatCases.map(({ recipient }) => recipient) },
    });
    incident = await createIncident(context('create'), input).then(({ incident }) => incident);
    course = await findEnd(database.db, incident, 0, allCases.length, (moment) => {
      if (moment.state === 'pending' && moment.attempts === 1) better.add(moment.recipient);
    });
  });
  afterAll(async () => {
    await worker.stop();
    await Promise.all([mail.close(), bot.close()]);
  });

  const courseOf = (recipient: string) => course.filter((moment) => moment.recipient === recipient);
  const firstOutcome = (recipient: string) =>
    courseOf(recipient).filter(({ state }, index) => index > 0 && state !== 'sending')[0]?.after ??
    Number.POSITIVE_INFINITY;

  const mailsTo = (recipient: string) => mail.mailbox(recipient).map((received) => received.mail);
  const shownTo = (recipient: string) => [...bot.shown(getChat(recipient)).values()];

  test.for(cases)('$channel: $reply', async (one, { annotate }) => {
    const own = courseOf(one.recipient);
    const last = own.at(-1);
    const refused = own.find(({ last_error }) => last_error !== null);
    const [least, most] = typeof one.messages === 'number' ? [one.messages, one.messages] : one.messages;
    const arrived = one.channel === 'email' ? mailsTo(one.recipient) : shownTo(one.recipient);
    await annotate(
      [
        one.channel,
        one.reply,
        `${arrived.length} message(s)`,
        own.map(({ state, attempts }) => `${state} ${attempts}`).join(' → '),
        refused?.last_error ?? '',
        `${Math.round(last?.after ?? 0)} ms`,
      ].join(' | '),
    );

    expect(own.map(({ state, attempts }) => ({ state, attempts }))).toEqual(one.course);
    expect(refused?.last_error ?? '').toMatch(one.error ?? /^$/);
    expect(refused?.last_error ?? '').not.toContain(bot.token);
    if (one.nextIn) {
      expect(refused?.next_in).toBeGreaterThanOrEqual(one.nextIn[0]);
      expect(refused?.next_in).toBeLessThanOrEqual(one.nextIn[1]);
    }
    if (one.beginsAfter) {
      const [, again] = own.filter(({ state }) => state === 'sending');
      expect((again?.after ?? 0) - (refused?.after ?? 0)).toBeGreaterThanOrEqual(one.beginsAfter);
    }
    expect(last?.next_in).toBeNull();
    if (last?.state === 'sent') expect(last.last_error).toBeNull();

    expect(arrived.length).toBeGreaterThanOrEqual(least);
    expect(arrived.length).toBeLessThanOrEqual(most);
    if (one.channel === 'email') {
      for (const { subject, text, messageId } of mailsTo(one.recipient)) {
        expect(subject).toBe(`Инцидент №${incident.id}: Бот молчит`);
        expect(text).toContain('с утра');
        // Recipients of duplicates can recognize them.
        expect(messageId).toBe(last?.provider_message_id);
      }
    } else {
      for (const text of shownTo(one.recipient)) expect(text).toContain(`Новый инцидент №${incident.id}`);
      const standing = [...bot.shown(getChat(one.recipient)).keys()].map((id) =>
        getMessageId(one.recipient, id),
      );
      if (least > 0) expect(standing).toEqual([last?.provider_message_id]);
    }
    if (most === 0) expect(last?.provider_message_id).toBeNull();
  });

  test('a server without a reply delays no other recipient', () => {
    const silence = Math.min(...[...silent].map(firstOutcome));
    expect(silence).toBeGreaterThanOrEqual(SOCKET_TIMEOUT_MS);
    expect(silence).toBeLessThan(Number.POSITIVE_INFINITY);
    for (const { recipient } of allCases.filter(({ recipient }) => !silent.has(recipient))) {
      expect(firstOutcome(recipient), recipient).toBeLessThan(silence);
    }
    const again = Math.min(...course.filter(({ attempts }) => attempts === 2).map(({ after }) => after));
    expect(again).toBeGreaterThan(1_500);
    for (const { recipient } of allCases.filter((one) => one.course === AT_ONCE)) {
      expect(courseOf(recipient).at(-1)?.after, recipient).toBeLessThan(again);
    }
  });

  test('a message has one recipient, its topic and no link preview', () => {
    for (const { recipient } of mailCases) {
      for (const { recipients, mail: received } of mail.mailbox(recipient)) {
        expect(recipients).toEqual([recipient]);
        expect(received.to).toMatchObject({ text: recipient });
      }
    }
    expect(bot.calls.filter(({ chat }) => chat === '-1002')).toMatchObject([
      { method: 'sendMessage', topic: 42, previewDisabled: true },
    ]);
    expect(bot.calls.filter(({ chat }) => chat === '110').map(({ parseMode }) => parseMode)).toEqual([
      'HTML',
      undefined,
    ]);
  });

  test('GET /incidents/{id}/deliveries lists the observed deliveries', async () => {
    const { deliveries } = await listIncidentDeliveries(context('list'), incident.id, {
      skip: 0,
      limit: 100,
    });
    const state = (recipient: string) => courseOf(recipient).at(-1)?.state;
    expect(deliveries.map(({ recipient }) => recipient).sort()).toEqual(
      allCases.map(({ recipient }) => recipient).sort(),
    );
    for (const delivery of deliveries) {
      expect(delivery.state).toBe(state(delivery.recipient));
      expect(delivery.sent_at !== null).toBe(delivery.state === 'sent');
    }
  });

  test('the queue is empty afterwards', async () => {
    await eventually(async () => {
      const { rows } = await database.db.pool.query('select task_identifier from graphile_worker.jobs');
      expect(rows).toEqual([]);
    });
  });

  describe('deliveries of its new status', () => {
    let change: Moment[];
    let first: Map<number, string>;
    beforeAll(async () => {
      first = new Map(bot.shown('101'));
      bot.script(
        { answer: refusals.notModified, chat: '104' },
        { answer: refusals.editNotFound, chat: '105' },
        { answer: refusals.cannotEdit, chat: '106' },
      );
      await updateIncident(context('change'), incident.id, { status: 'в работе' });
      change = await findEnd(database.db, incident, 1, allCases.length);
    });
    const end = (recipient: string) => change.filter((moment) => moment.recipient === recipient).at(-1);

    test('a mail stands in the thread of the first one', () => {
      const [before, after, ...others] = mailsTo('ok@example.com');
      expect(others).toEqual([]);
      expect(after?.subject).toBe(`Re: ${before?.subject}`);
      expect(after?.inReplyTo).toBe(before?.messageId);
      expect(after?.references).toBe(before?.messageId);
      expect(after?.messageId).not.toBe(before?.messageId);
      expect(after?.text).toContain('Статус: новый → в работе');
      expect(end('ok@example.com')).toMatchObject({
        state: 'sent',
        attempts: 1,
        provider_message_id: after?.messageId,
      });
    });

    test.each(['101', '-1002:42', '103', '107', '110', '-11'])('the message in %s is edited', (recipient) => {
      const shown = bot.shown(getChat(recipient));
      expect(shown.size).toBe(1);
      const [[id, text] = [0, '']] = shown;
      expect(text).toContain('в работе');
      expect(bot.calls.filter(({ chat }) => chat === getChat(recipient)).at(-1)).toMatchObject({
        method: 'editMessageText',
        messageId: id,
      });
      expect(end(recipient)).toMatchObject({
        state: 'sent',
        attempts: 1,
        provider_message_id: getMessageId(recipient, id),
      });
      expect([...first.values()][0]).not.toContain('в работе');
    });

    test("the reply 'message is not modified' counts as success", async ({ annotate }) => {
      await annotate(`telegram | 400 not modified | ${end('104')?.state} ${end('104')?.attempts}`);
      expect(end('104')).toMatchObject({ state: 'sent', attempts: 1, provider_message_id: '1' });
      expect(bot.shown('104').size).toBe(1);
    });

    test.each(['105', '106'])('a deleted message is sent again: %s', (chat) => {
      expect(end(chat)).toMatchObject({ state: 'sent', attempts: 1, provider_message_id: '2' });
      expect(bot.shown(chat).get(2)).toContain('в работе');
    });

    test('a permanent refusal fails again, as its own delivery', () => {
      for (const recipient of ['unknown@example.com', 'refused@example.com', '108', '109']) {
        expect(end(recipient)).toMatchObject({ state: 'failed', attempts: 1 });
      }
    });
  });

  test('a failed delivery arrives once after a retry by the API', async () => {
    const address = 'unknown@example.com';
    const { rows } = await database.db.pool.query<{ id: number }>(
      `select id from deliveries where recipient = $1 order by id limit 1`,
      [address],
    );
    const [row] = rows;
    better.add(address);
    expect(await retryDelivery(context('retry'), row?.id ?? 0)).toMatchObject({
      state: 'pending',
      attempts: 0,
    });
    const payload = { delivery_id: row?.id, incident_id: incident.id, request_id: 'retry' };
    await addJob(database.db, { task: 'deliver', payload });
    await eventually(() => expect(mailsTo(address)).toHaveLength(1));
    await eventually(async () => {
      const { deliveries } = await listIncidentDeliveries(context('list'), incident.id, {
        skip: 0,
        limit: 100,
      });
      expect(deliveries.find(({ id }) => id === row?.id)).toMatchObject({
        state: 'sent',
        attempts: 1,
        provider_message_id: mailsTo(address)[0]?.messageId,
        last_error: null,
      });
    });
  });
});
