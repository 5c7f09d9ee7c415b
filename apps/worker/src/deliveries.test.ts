import { connect, createServer } from 'node:net';
import type { Incident } from '@incidents/contracts';
import { listIncidentDeliveries } from '@incidents/core/delivery/list-incident-deliveries';
import { retryDelivery } from '@incidents/core/delivery/retry-delivery';
import { createIncident } from '@incidents/core/incident/create-incident';
import { updateIncident } from '@incidents/core/incident/update-incident';
import { writeContext } from '@incidents/core/testing/write-context';
import { eventually } from '@incidents/testing/eventually';
import {
  closeMailServersAfterEach,
  type MailServer,
  type Reaction,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type FakeAnswer, refusals } from '@incidents/testing/telegram/fake-answer';
import { type FakeBotApi, startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { useTestLogger } from '@incidents/testing/test-logger';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  keepMoments,
  type Moment,
  moments,
  PATIENCE,
  startDeliveryWorker,
} from './testing/delivery-world.ts';
import { addJob } from './testing/run-queue.ts';

const input = { text: 'Бот молчит', description: 'с утра', status: 'новый', source: 'operator' } as const;

/** What a delivery goes through, without its times. */
type Course = Pick<Moment, 'state' | 'attempts'>[];

const pending = (attempts: number) => ({ state: 'pending', attempts });
const sending = (attempts: number) => ({ state: 'sending', attempts });
const sent = (attempts: number) => ({ state: 'sent', attempts });
const failed = (attempts: number) => ({ state: 'failed', attempts });

const AT_ONCE: Course = [pending(0), sending(1), sent(1)];
const AT_THE_SECOND_ATTEMPT: Course = [pending(0), sending(1), pending(1), sending(2), sent(2)];
const NOT_AN_ATTEMPT: Course = [pending(0), sending(1), pending(0), sending(1), sent(1)];
const NEVER: Course = [pending(0), sending(1), failed(1)];

interface Case {
  reply: string;
  recipient: string;
  course: Course;
  /** Of the attempt that did not succeed. */
  error?: RegExp;
  /** Seconds until the next one; without it the delivery stays due and what it needs is closed meanwhile. */
  nextIn?: [number, number];
  /** Milliseconds until the next one begins, at least. */
  beginsAfter?: number;
  /** How often the person has the message, at least and at most. */
  messages: number | [number, number];
}

/** Two seconds, a fifth more or less, seen a moment later. */
const SOON: [number, number] = [1.5, 2.4];

interface MailCase extends Case {
  at: 'rcptTo' | 'message';
  /** What the server does until an attempt has failed: within one, the library may begin a second conversation. */
  until: Reaction;
}

const mailCases: MailCase[] = [
  { reply: 'ok', recipient: 'ok@example.com', at: 'message', until: 'ok', course: AT_ONCE, messages: 1 },
  {
    reply: 'silent at RCPT',
    recipient: 'silent@example.com',
    at: 'rcptTo',
    until: 'silence',
    course: AT_THE_SECOND_ATTEMPT,
    // On a busy machine the closing of the connection can be seen before the timeout that closed it.
    error: /^the mail server fell silent|^Reached maximum number of retries after connection was closed/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '421 at RCPT',
    recipient: 'closing@example.com',
    at: 'rcptTo',
    until: { code: 421, text: 'closing the channel' },
    course: AT_THE_SECOND_ATTEMPT,
    // The latter when the server closes the connection before its answer is read.
    error: /: 421 closing the channel|connection was closed/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '451 at RCPT',
    recipient: 'greylisted@example.com',
    at: 'rcptTo',
    until: { code: 451, text: 'greylisted, try again' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /^RCPT TO: 451 greylisted/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '451 after DATA',
    recipient: 'later@example.com',
    at: 'message',
    until: { code: 451, text: 'disk full' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /^DATA: 451 disk full/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '550 at RCPT',
    recipient: 'unknown@example.com',
    at: 'rcptTo',
    until: { code: 550, text: 'no such user' },
    course: NEVER,
    error: /^RCPT TO: 550 no such user/,
    messages: 0,
  },
  {
    reply: '554 after DATA',
    recipient: 'refused@example.com',
    at: 'message',
    until: { code: 554, text: 'looks like spam' },
    course: NEVER,
    error: /^DATA: 554 looks like spam/,
    messages: 0,
  },
  {
    // The server has the message and cannot say so: rather twice than not at all.
    reply: 'silent after DATA',
    recipient: 'taken@example.com',
    at: 'message',
    until: 'silence',
    course: AT_THE_SECOND_ATTEMPT,
    error: /^the mail server fell silent/,
    nextIn: SOON,
    messages: [2, 3],
  },
  {
    reply: 'drop after DATA',
    recipient: 'dropped@example.com',
    at: 'message',
    until: 'drop',
    course: AT_THE_SECOND_ATTEMPT,
    error: /./,
    nextIn: SOON,
    messages: [2, 3],
  },
];

interface ChatCase extends Case {
  answer: FakeAnswer;
  /** For ever, not once. */
  always?: boolean;
}

const chatCases: ChatCase[] = [
  { reply: 'ok', recipient: '101', answer: { kind: 'ok' }, course: AT_ONCE, messages: 1 },
  { reply: 'ok, in a topic', recipient: '-1002:42', answer: { kind: 'ok' }, course: AT_ONCE, messages: 1 },
  {
    reply: '429, retry_after 1',
    recipient: '103',
    answer: { kind: 'flood', retryAfter: 1 },
    course: NOT_AN_ATTEMPT,
    error: /^429: Too Many Requests/,
    beginsAfter: 990,
    messages: 1,
  },
  {
    reply: '500',
    recipient: '104',
    answer: { kind: 'server-error' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /^500: Internal Server Error/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '502 of a proxy, HTML',
    recipient: '105',
    answer: { kind: 'bad-gateway' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /502/,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: 'hang',
    recipient: '106',
    answer: { kind: 'hang' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /./,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: 'reset',
    recipient: '107',
    answer: { kind: 'reset' },
    course: AT_THE_SECOND_ATTEMPT,
    error: /./,
    nextIn: SOON,
    messages: 1,
  },
  {
    reply: '403',
    recipient: '108',
    answer: refusals.forbidden,
    always: true,
    course: NEVER,
    error: /^403: Forbidden: bot was blocked/,
    messages: 0,
  },
  {
    reply: '400 chat not found',
    recipient: '109',
    answer: refusals.chatNotFound,
    always: true,
    course: NEVER,
    error: /^400: .*chat not found/,
    messages: 0,
  },
  // As plain text, within the same attempt.
  { reply: '400 parse error', recipient: '110', answer: refusals.parseError, course: AT_ONCE, messages: 1 },
  // In the new chat, within the same attempt.
  {
    reply: 'migration to -1011',
    recipient: '-11',
    answer: { kind: 'migrated', to: -1011 },
    course: AT_ONCE,
    messages: 1,
  },
];

const silent = new Set(['silent@example.com', 'taken@example.com', '106']);
const cases = [
  ...mailCases.map((one) => ({ ...one, channel: 'email' as const })),
  ...chatCases.map((one) => ({ ...one, channel: 'telegram' as const })),
];
const everybody = [...mailCases, ...chatCases];

/** Where the messages of a recipient are. */
const chatOf = (recipient: string) => (recipient === '-11' ? '-1011' : (recipient.split(':')[0] ?? ''));

/** What is on record of a message: in another chat than the configured one it is named with that chat. */
const messageIdOf = (recipient: string, id: number) => (recipient === '-11' ? `-1011/${id}` : String(id));

/** Resolves with all moments of an event once every delivery of it has come to its end. */
const endOf = (
  db: Parameters<typeof moments>[0],
  incident: Incident,
  event: number,
  deliveries: number,
  seen: (moment: Moment) => void = () => {},
) =>
  eventually(async () => {
    const all = (await moments(db)).filter((moment) => moment.incident_id === incident.id);
    const events = [...new Set(all.map(({ event_id }) => event_id))].sort((a, b) => a - b);
    const own = all.filter(({ event_id }) => event_id === events[event]);
    own.forEach(seen);
    const ended = own.filter(({ state }) => ['sent', 'failed', 'skipped'].includes(state));
    expect(ended).toHaveLength(deliveries);
    return own;
  }, 20_000);

describe('one incident, told to many who each meet another answer of the server', () => {
  const database = useTestDatabase();
  const log = useTestLogger();
  let mail: MailServer;
  let bot: FakeBotApi;
  let worker: { stop(): Promise<void> };
  let incident: Incident;
  let course: Moment[];
  /** Addresses that the mail server has nothing more against. */
  const better = new Set<string>();
  const context = (requestId: string) => writeContext(database.db.kysely, requestId);

  // The failures are meant.
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
    await keepMoments(database.db);
    worker = await startDeliveryWorker({
      db: database.db,
      logger: log.logger,
      mail: { url: mail.url, recipients: mailCases.map(({ recipient }) => recipient) },
      bot: { api: bot, recipients: chatCases.map(({ recipient }) => recipient) },
    });
    incident = await createIncident(context('create'), input);
    course = await endOf(database.db, incident, 0, everybody.length, (moment) => {
      if (moment.state === 'pending' && moment.attempts === 1) better.add(moment.recipient);
    });
  });
  afterAll(async () => {
    await worker.stop();
    await Promise.all([mail.close(), bot.close()]);
  });

  const courseOf = (recipient: string) => course.filter((moment) => moment.recipient === recipient);
  /** When the first attempt had come to something, in milliseconds. */
  const firstOutcome = (recipient: string) =>
    courseOf(recipient).filter(({ state }, index) => index > 0 && state !== 'sending')[0]?.after ??
    Number.POSITIVE_INFINITY;

  const mailsTo = (recipient: string) => mail.mailbox(recipient).map((received) => received.mail);
  const shownTo = (recipient: string) => [...bot.shown(chatOf(recipient)).values()];

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
        // Those who get it twice can tell that it is the same.
        expect(messageId).toBe(last?.provider_message_id);
      }
    } else {
      for (const text of shownTo(one.recipient)) expect(text).toContain(`Новый инцидент №${incident.id}`);
      const standing = [...bot.shown(chatOf(one.recipient)).keys()].map((id) =>
        messageIdOf(one.recipient, id),
      );
      if (least > 0) expect(standing).toEqual([last?.provider_message_id]);
    }
    if (most === 0) expect(last?.provider_message_id).toBeNull();
  });

  test('nobody waited for those whose server was silent', () => {
    const silence = Math.min(...[...silent].map(firstOutcome));
    expect(silence).toBeGreaterThanOrEqual(PATIENCE);
    expect(silence).toBeLessThan(Number.POSITIVE_INFINITY);
    for (const { recipient } of everybody.filter(({ recipient }) => !silent.has(recipient))) {
      expect(firstOutcome(recipient), recipient).toBeLessThan(silence);
    }
    // And those who had no trouble had it before anybody was tried again.
    const again = Math.min(...course.filter(({ attempts }) => attempts === 2).map(({ after }) => after));
    expect(again).toBeGreaterThan(1_500);
    for (const { recipient } of everybody.filter((one) => one.course === AT_ONCE)) {
      expect(courseOf(recipient).at(-1)?.after, recipient).toBeLessThan(again);
    }
  });

  test('a message goes to its recipient and nobody else, into the topic, without a preview', () => {
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

  test('what the API lists of it is what was seen', async () => {
    const { deliveries } = await listIncidentDeliveries(context('list'), incident.id, {
      skip: 0,
      limit: 100,
    });
    const state = (recipient: string) => courseOf(recipient).at(-1)?.state;
    expect(deliveries.map(({ recipient }) => recipient).sort()).toEqual(
      everybody.map(({ recipient }) => recipient).sort(),
    );
    for (const delivery of deliveries) {
      expect(delivery.state).toBe(state(delivery.recipient));
      expect(delivery.sent_at !== null).toBe(delivery.state === 'sent');
    }
  });

  test('nothing is left in the queue', async () => {
    await eventually(async () => {
      const { rows } = await database.db.pool.query('select task_identifier from graphile_worker.jobs');
      expect(rows).toEqual([]);
    });
  });

  describe('a change of its status', () => {
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
      change = await endOf(database.db, incident, 1, everybody.length);
    });
    const end = (recipient: string) => change.filter((moment) => moment.recipient === recipient).at(-1);

    test('comes by mail in the thread of the first message', () => {
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

    test.each(['101', '-1002:42', '103', '107', '110', '-11'])('edits the message in %s', (recipient) => {
      const shown = bot.shown(chatOf(recipient));
      expect(shown.size).toBe(1);
      const [[id, text] = [0, '']] = shown;
      expect(text).toContain('в работе');
      expect(bot.calls.filter(({ chat }) => chat === chatOf(recipient)).at(-1)).toMatchObject({
        method: 'editMessageText',
        messageId: id,
      });
      expect(end(recipient)).toMatchObject({
        state: 'sent',
        attempts: 1,
        provider_message_id: messageIdOf(recipient, id),
      });
      expect([...first.values()][0]).not.toContain('в работе');
    });

    test("telegram: 'not modified' is success", async ({ annotate }) => {
      await annotate(`telegram | 400 not modified | ${end('104')?.state} ${end('104')?.attempts}`);
      expect(end('104')).toMatchObject({ state: 'sent', attempts: 1, provider_message_id: '1' });
      expect(bot.shown('104').size).toBe(1);
    });

    test.each(['105', '106'])('a message that is gone is written anew: %s', (chat) => {
      expect(end(chat)).toMatchObject({ state: 'sent', attempts: 1, provider_message_id: '2' });
      expect(bot.shown(chat).get(2)).toContain('в работе');
    });

    test('those who refused for good refuse again, and count for themselves', () => {
      for (const recipient of ['unknown@example.com', 'refused@example.com', '108', '109']) {
        expect(end(recipient)).toMatchObject({ state: 'failed', attempts: 1 });
      }
    });
  });

  test('a failed one sent again on request arrives, once', async () => {
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
    // Until workers look into outboxes.
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

describe('a mail server that nobody can talk to', () => {
  const database = useTestDatabase();
  const log = useTestLogger();
  closeMailServersAfterEach();
  const addresses = ['one@example.com', 'two@example.com'];
  const context = (requestId: string) => writeContext(database.db.kysely, requestId);

  beforeAll(() => keepMoments(database.db));

  /** Tells of a new incident to two addresses and one chat, and returns what became of it. */
  async function tell(url: string, meanwhile: () => Promise<unknown> = async () => {}) {
    const bot = await startFakeBotApi();
    const worker = await startDeliveryWorker({
      db: database.db,
      logger: log.logger,
      mail: { url, recipients: addresses },
      bot: { api: bot, recipients: ['101'] },
    });
    onTestFinished(async () => {
      await worker.stop();
      await bot.close();
    });
    const incident = await createIncident(context('create'), input);
    const now = async () => (await moments(database.db)).filter((row) => row.incident_id === incident.id);
    await eventually(async () => {
      const tried = (await now()).filter(({ last_error }) => last_error !== null);
      expect(new Set(tried.map(({ recipient }) => recipient)).size).toBe(2);
    });
    await meanwhile();
    const course = await endOf(database.db, incident, 0, 3);
    expect(bot.shown('101').size).toBe(1);
    return course;
  }

  /** @param pauses whether the channel pauses, and not each delivery by itself */
  const check = (course: Moment[], error: RegExp, pauses = true) => {
    const again = course.filter(({ attempts }) => attempts === 2).map(({ after }) => after);
    for (const address of addresses) {
      const own = course.filter(({ recipient }) => recipient === address);
      const refused = own.find(({ last_error }) => last_error !== null);
      expect(refused?.last_error).toMatch(error);
      if (pauses) expect(refused?.next_in).toBeLessThanOrEqual(0);
      else expect(refused?.next_in).toBeGreaterThan(1.5);
      expect(own.at(-1)).toMatchObject({ state: 'sent', last_error: null });
      // The first probe begins a second later.
      expect(Math.min(...again) - (refused?.after ?? 0)).toBeGreaterThan(900);
    }
    const chat = course.filter(({ channel }) => channel === 'telegram');
    expect(chat.map(({ state, attempts }) => ({ state, attempts }))).toEqual(AT_ONCE);
    expect(chat.at(-1)?.after).toBeLessThan(Math.min(...again));
  };

  test('refused connection: both addresses get it once it is there, the chat has it at once, the record shows no password', async () => {
    const mail = await startMailServer();
    const door = createServer((socket) => {
      const inside = connect(mail.port, '127.0.0.1');
      for (const end of [socket, inside]) end.on('error', () => {});
      socket.pipe(inside).pipe(socket);
    });
    const open = (port: number) =>
      new Promise<number>((resolve) => {
        door.listen(port, '127.0.0.1', () => {
          const address = door.address();
          resolve(address !== null && typeof address === 'object' ? address.port : 0);
        });
      });
    const close = () => new Promise((resolve) => door.close(resolve));
    const port = await open(0);
    await close();
    onTestFinished(() => void door.close());

    const course = await tell(`smtp://duty:very-secret@127.0.0.1:${port}`, () => open(port));
    check(course, /ECONNREFUSED/);
    expect(JSON.stringify(course)).not.toContain('very-secret');
    for (const address of addresses) expect(mail.mailbox(address)).toHaveLength(1);
  });

  test.each<{ greeting: Reaction; error: RegExp; pauses?: boolean }>([
    { greeting: { code: 421, text: 'too busy' }, error: /421 too busy/ },
    { greeting: 'silence', error: /did not greet in time/ },
    { greeting: 'drop', error: /./, pauses: false },
  ])(
    'greeting $greeting: both get it once it is better, the chat has it at once',
    async ({ greeting, error, pauses }) => {
      let better = false;
      const mail = await startMailServer({ greeting: () => (better ? 'ok' : greeting) });
      const course = await tell(mail.url, async () => {
        better = true;
      });
      check(course, error, pauses);
      for (const address of addresses) expect(mail.mailbox(address)).toHaveLength(1);
    },
  );
});

describe('a storm', () => {
  const database = useTestDatabase();
  const log = useTestLogger();

  test('everybody is told of every incident, most in one message, and a change of one by itself', async () => {
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
      ids.push((await createIncident(context, { ...input, text: `Узел ${index} молчит` })).id);
    }
    const told = (texts: string[]) =>
      texts
        .flatMap((text) => [...text.matchAll(/№(\d+)/g)].map((match) => Number(match[1])))
        .sort((a, b) => a - b);
    const mails = (address: string) => mail.mailbox(address).map((received) => received.mail.text ?? '');
    const inbox = (recipient: string) =>
      recipient.includes('@') ? mails(recipient) : [...bot.shown(recipient).values()];
    for (const recipient of ['a@example.com', 'b@example.com', '201', '-202']) {
      await eventually(() => expect(told(inbox(recipient))).toEqual(ids));
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

  test('is told in the order of events, each once; what concerns one incident also by two workers', async () => {
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
      const { id } = await createIncident(context, { ...input, text: `Узел ${index} молчит` });
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
    const told = (address: string) =>
      mail
        .mailbox(address)
        .map(({ mail: { subject = '', inReplyTo } }) => `${idIn(subject)} ${inReplyTo ? 'closed' : 'new'}`);
    const shown = (chat: string) => [...bot.shown(chat).values()];

    await addWorker();
    for (const address of ['a@example.com', 'b@example.com']) {
      await eventually(() => expect(told(address)).toEqual(expected));
    }
    for (const chat of ['301', '-302']) await eventually(() => expect(shown(chat).map(idIn)).toEqual(ids));

    await addWorker();
    for (let index = 30; index < 60; index++) {
      await report(index);
      if (index % 3 === 2) await close(ids[index] ?? 0);
    }
    for (const address of ['a@example.com', 'b@example.com']) {
      await eventually(() => expect(told(address).toSorted()).toEqual(expected.toSorted()));
      for (const id of ids) {
        const own = (lines: string[]) => lines.filter((line) => line.startsWith(`${id} `));
        expect(own(told(address))).toEqual(own(expected));
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

describe('what a worker of the version before has planned', () => {
  const database = useTestDatabase();
  const log = useTestLogger();

  test('is sent, once: single messages by their jobs, and what gathered for a digest', async () => {
    const mail = await startMailServer();
    const bot = await startFakeBotApi();
    const context = writeContext(database.db.kysely, 'before');
    const ids: number[] = [];
    for (let index = 0; index < 3; index++) ids.push((await createIncident(context, input)).id);
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
