import { parseArgs } from 'node:util';
import { HEARTBEAT_TASKS } from '@incidents/db/lease';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { startChild } from '@incidents/testing/processes/start-child';
import { waitUntil } from '@incidents/testing/wait-until';
import pg from 'pg';
import * as z from 'zod';
import { startDatabase } from '../postgres/start-database.ts';
import { findLogProblems, hasLoggedErrors } from '../processes/log-problems.ts';
import { calculateLimitSeconds } from './calculate-limit-seconds.ts';
import {
  type Arrival,
  countMaxWithin,
  detectKind,
  findIncidentIds,
  type Notified,
  summarizeNotifications,
} from './inbox.ts';
import { reportIncidents } from './reports.ts';

// No message may be lost, repeated or sent too fast.
const { values } = parseArgs({
  options: {
    /** Five minutes, with the default storm policy. */
    long: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rate: { type: 'string' },
  },
});
const seconds = Number(values.seconds ?? (values.long ? 300 : 20));
const perSecond = Number(values.rate ?? 10);
const changes = Math.max(2, Math.round(seconds / 15));
/** Seconds from the last report until all messages are sent. */
const drainSeconds = values.long ? 240 + (seconds * perSecond) / 6 : 40;
const storm = values.long
  ? { threshold: 10, windowSeconds: 60, digestAfter: 30 }
  : { threshold: 3, windowSeconds: 60, digestAfter: 3 };

/** The messages of the first seconds to so many people exceed the limit of the whole bot. */
const people = Array.from({ length: 36 }, (_, index) => String(101 + index));
const groups = ['-201', '-202', '@duty_channel'];
const topics = ['-1000000000301:7'];
const chats = [...people, ...groups, ...topics];
const addresses = ['first', 'second', 'third', 'fourth'].map((name) => `${name}@example.com`);

const Call = z.object({
  at: z.number(),
  method: z.string(),
  chat: z.string(),
  topic: z.number().optional(),
  text: z.string(),
  answer: z.string(),
});
const Stats = z.object({
  violations: z.object({ chat: z.number(), group: z.number(), total: z.number() }),
  overlaps: z.number(),
  byAnswer: z.record(z.string(), z.number()),
});
const Mail = z.object({
  at: z.number(),
  recipients: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  inReplyTo: z.string().nullable(),
});
const Address = z.object({ url: z.url(), token: z.string().optional() });

const began = Date.now();
const say = (line: string) => console.log(`${((Date.now() - began) / 1_000).toFixed(1)} s: ${line}`);

await runScenario(async (cleanup) => {
  const databaseUrl = await startDatabase(cleanup);
  const startServer = async (file: string, args: string[] = []) => {
    const child = startChild(`packages/testing/src/${file}.ts`, args, {});
    cleanup.add(() => child.stop());
    return { child, address: Address.parse(JSON.parse(await child.firstLine)) };
  };
  const bot = await startServer('telegram/serve-fake-bot-api', ['--enforce', '--latency', '30']);
  const mailServer = await startServer('mail/serve-fake-mail-server');
  const mails: z.output<typeof Mail>[] = [];
  mailServer.child.onLine((line) => mails.push(Mail.parse(JSON.parse(line))));
  const clockOffset = await measureClockOffset(bot.address);

  const api = await prepareService(cleanup, 'api', 'api', {
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    RATE_LIMIT_WRITES: '0',
  });
  const workerEnv = {
    DATABASE_URL: databaseUrl,
    SMTP_URL: mailServer.address.url,
    MAIL_FROM: 'Инциденты <incidents@example.com>',
    MAIL_TO: addresses.join(','),
    TELEGRAM_BOT_TOKEN: bot.address.token ?? '',
    TELEGRAM_CHAT_IDS: chats.join(','),
    TELEGRAM_API_ROOT: bot.address.url,
    STORM_THRESHOLD: String(storm.threshold),
    STORM_WINDOW: String(storm.windowSeconds),
    STORM_DIGEST_AFTER: String(storm.digestAfter),
  };
  const workers = await Promise.all(
    ['worker 1', 'worker 2'].map((name) => prepareService(cleanup, 'worker', name, workerEnv)),
  );
  await Promise.all([api, ...workers].map((service) => service.start()));

  say(`${perSecond} incidents per second for ${seconds} s, ${changes} of them closed on the way`);
  const reports = await reportIncidents(api.url, { seconds, perSecond, changes });
  say(`${reports.incidents.length} reported, the slowest answer took ${reports.slowest} ms`);

  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  cleanup.add(() => client.end());
  let unsent = await countUnsent(client);
  const isDrained = async () => {
    if (unsent > 0) unsent = await countUnsent(client);
    return unsent === 0;
  };
  await waitUntil(isDrained, drainSeconds * 1_000, 250);
  say(unsent === 0 ? 'all messages are sent' : `${unsent} jobs and deliveries are left`);

  const readBotApi = async (path: string): Promise<unknown> =>
    (await fetch(`${bot.address.url}${path}`)).json();
  const stats = Stats.parse(await readBotApi('/stats'));
  const calls = z.array(Call).parse(await readBotApi('/calls'));
  const tooFast = stats.violations.chat + stats.violations.group + stats.violations.total;
  const notifiedChats = chats.map((chat) => {
    const own = calls.filter((call) => getRecipient(call) === chat && call.answer === 'ok');
    return summarizeNotifications(
      chat,
      own.map((call) => toArrival(call, clockOffset)),
      reports,
    );
  });
  const notifiedAddresses = addresses.map((address) => {
    const own = mails.filter(({ recipients }) => recipients.includes(address));
    return summarizeNotifications(address, own.map(toMailArrival), reports);
  });
  const notified = [...notifiedChats, ...notifiedAddresses];

  console.log('\nrecipient              single  digests  changes  lost  twice  stale  delay: median, worst');
  for (const one of [...selectChats(notifiedChats), ...notifiedAddresses]) console.log(formatRow(one));
  const singles = await countMaxSingles(client);
  const times = (chat: string) => calls.filter((call) => call.chat === chat).map(({ at }) => at);
  const chatIds = [...new Set(calls.map(({ chat }) => chat))];
  const groupIds = chatIds.filter((chat) => !people.includes(chat));
  const allTimes = calls.map(({ at }) => at);
  const states = await client.query<{ state: string; deliveries: string }>(
    'select state, count(*) as deliveries from deliveries group by state order by state',
  );

  const perDigest = Math.max(1, ...calls.map(({ text }) => findIncidentIds(text, detectKind(text)).length));
  const needed = calculateLimitSeconds(
    chats.map((chat) => ({
      isGroup: !people.includes(chat),
      incidents: reports.incidents.length,
      changes: reports.changed.length,
    })),
    { threshold: storm.threshold, perDigest },
  );
  const firstAt = Math.min(...reports.incidents.map(({ at }) => at));
  const took = (Math.max(...calls.map(({ at }) => at + clockOffset)) - firstAt) / 1_000;
  const sum = (count: (one: Notified) => number) => notified.reduce((total, one) => total + count(one), 0);
  const lost = sum((one) => one.lost.length);
  const twice = sum((one) => one.twice.length);
  const stale = sum((one) => one.stale.length);
  const expected = notified.length * reports.incidents.length;
  const jobs = workers.map(({ log }) => log.filter(({ msg }) => msg === 'job done').length);
  const problems = findLogProblems(workers);
  console.log(`
incidents                     ${reports.incidents.length}, requests refused: ${reports.refused.length}
notified                      ${expected - lost} of ${expected} (incident, recipient); lost: ${lost}, twice: ${twice}, status stale: ${stale}
deliveries                    ${states.rows.map(({ state, deliveries }) => `${state} ${deliveries}`).join(', ')}
calls to the Bot API          ${calls.length}: ${Object.entries(stats.byAnswer)
    .map(([answer, count]) => `${answer} ${count}`)
    .join(', ')}
most in 1 s to one chat       ${Math.max(...chatIds.map((chat) => countMaxWithin(times(chat), 1_000)))} (limit 1)
most in 60 s to one group     ${Math.max(...groupIds.map((chat) => countMaxWithin(times(chat), 60_000)))} (limit 20)
most in 1 s in all            ${countMaxWithin(allTimes, 1_000)} (limit 30)
violations                    chat ${stats.violations.chat}, group ${stats.violations.group}, all ${stats.violations.total}; concurrent calls about one incident and chat: ${stats.overlaps}
most single messages          ${singles} new incidents to one recipient in ${storm.windowSeconds} s (threshold ${storm.threshold})
mails                         ${mails.length}
jobs done                     ${jobs.map((done, index) => `worker ${index + 1}: ${done}`).join(', ')}
worst delay                   chats ${formatWorstDelay(notifiedChats)} s, mail ${formatWorstDelay(notifiedAddresses)} s
time until all chats knew     ${took.toFixed(1)} s from the first report; Telegram's limits alone need ${needed.toFixed(1)} s (${perDigest} incidents a digest), reporting took ${seconds} s`);
  for (const refused of reports.refused.slice(0, 5)) console.log(`refused: ${refused}`);
  for (const { text, times: count } of problems) console.log(`${count} × ${text}`);

  return [
    unsent > 0 && 'not all messages were sent in time',
    reports.refused.length > 0 && 'the API refused a request',
    lost > 0 && 'incidents were lost',
    twice > 0 && 'messages were repeated',
    stale > 0 && 'a recipient does not know a status',
    tooFast > 0 && "Telegram's limits were broken",
    singles > storm.threshold && 'a recipient got too many single messages',
    states.rows.some(({ state }) => state !== 'sent') && 'deliveries did not succeed',
    jobs.includes(0) && 'a worker had nothing to do',
    hasLoggedErrors(problems) && 'a worker logged an error',
  ];
});

/** The difference between our clock and the times of the fake Bot API. */
async function measureClockOffset({ url, token }: z.output<typeof Address>): Promise<number> {
  const sent = Date.now();
  await fetch(`${url}/bot${token}/sendMessage`, { method: 'POST', body: '{"chat_id":1,"text":"now"}' });
  const [call] = z.tuple([z.object({ at: z.number() })]).parse(await (await fetch(`${url}/calls`)).json());
  await fetch(`${url}/reset`, { method: 'POST' });
  return sent - call.at;
}

/** Without heartbeat jobs and digest jobs. A digest job looks a minute later for leftovers of another worker. */
async function countUnsent(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ unsent: number }>(
    `select (select count(*) from graphile_worker.jobs
         where task_identifier <> 'send_digest' and task_identifier not like $1)::int
       + (select count(*) from deliveries where state in ('pending', 'sending'))::int as unsent`,
    [HEARTBEAT_TASKS],
  );
  return rows[0]?.unsent ?? 0;
}

async function countMaxSingles(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ most: number | null }>(
    `select max(singles)::int as most from (
       select count(*) over (
         partition by channel, recipient order by deliveries.created_at
         range between make_interval(secs => $1) preceding and current row
       ) as singles
       from deliveries join incident_events as event on event.id = deliveries.event_id
       where event.kind = 'created' and not digest
     ) as windows`,
    [storm.windowSeconds],
  );
  return rows[0]?.most ?? 0;
}

function getRecipient({ chat, topic }: z.output<typeof Call>): string {
  return topic === undefined ? chat : `${chat}:${topic}`;
}

function toArrival(call: z.output<typeof Call>, clockOffset: number): Arrival {
  const kind = call.method === 'editMessageText' ? 'edit' : detectKind(call.text);
  return { at: call.at + clockOffset, kind, names: findIncidentIds(call.text, kind), text: call.text };
}

function toMailArrival({ at, subject, text, inReplyTo }: z.output<typeof Mail>): Arrival {
  const kind = inReplyTo === null ? detectKind(subject) : 'reply';
  return { at, kind, names: findIncidentIds(text, kind), text };
}

function selectChats(notified: Notified[]): Notified[] {
  return [
    ...notified.filter(({ recipient }) => !people.includes(recipient)),
    ...notified.filter(({ recipient }) => people.slice(0, 3).includes(recipient)),
  ];
}

function formatRow({ recipient, singles, digests, changes, lost, twice, stale, delay }: Notified): string {
  return [
    recipient.padEnd(22),
    ...[singles, digests, changes, lost.length, twice.length, stale.length].map((figure, index) =>
      String(figure).padStart([6, 9, 9, 6, 7, 7][index] ?? 7),
    ),
    `${delay.median.toFixed(1)} s, ${delay.worst.toFixed(1)} s`.padStart(18),
  ].join('');
}

function formatWorstDelay(notified: Notified[]): string {
  return Math.max(...notified.map(({ delay }) => delay.worst)).toFixed(1);
}
