import { connect, createServer } from 'node:net';
import { createIncident } from '@incidents/core/incident/create-incident';
import { writeContext } from '@incidents/core/testing/write-context';
import { eventually } from '@incidents/testing/eventually';
import {
  closeMailServersAfterEach,
  type Reaction,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AT_ONCE, findEnd, input } from './testing/delivery-cases.ts';
import { type Moment, readMoments, recordMoments, startDeliveryWorker } from './testing/delivery-world.ts';

describe('deliveries while the mail server is unavailable', () => {
  const database = useTestDatabase();
  const log = useTestLogger();
  closeMailServersAfterEach();
  const addresses = ['one@example.com', 'two@example.com'];
  const context = (requestId: string) => writeContext(database.db.kysely, requestId);

  beforeAll(() => recordMoments(database.db));

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
    const incident = await createIncident(context('create'), input).then(({ incident }) => incident);
    const now = async () => (await readMoments(database.db)).filter((row) => row.incident_id === incident.id);
    await eventually(async () => {
      const tried = (await now()).filter(({ last_error }) => last_error !== null);
      expect(new Set(tried.map(({ recipient }) => recipient)).size).toBe(2);
    });
    await meanwhile();
    const course = await findEnd(database.db, incident, 0, 3);
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
      // The first probe begins a second after the failure, which is recorded a moment later.
      expect(Math.min(...again) - (refused?.after ?? 0)).toBeGreaterThan(500);
    }
    const chat = course.filter(({ channel }) => channel === 'telegram');
    expect(chat.map(({ state, attempts }) => ({ state, attempts }))).toEqual(AT_ONCE);
    expect(chat.at(-1)?.after).toBeLessThan(Math.min(...again));
  };

  test('after refused connections both mailboxes get the mail once the server runs; the chat has no delay; no password is recorded', async () => {
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
