import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPostgres } from '@incidents/testing/postgres/start-postgres';
import { createTemplate, databaseUrl } from '@incidents/testing/postgres/template';
import { freePort } from '@incidents/testing/processes/free-port';
import { type Child, startChild } from '@incidents/testing/processes/start-child';
import pg from 'pg';
import * as z from 'zod';
import { type Arrival, kindOf, mostWithin, namesIn, type Told, whatWasTold } from './inbox.ts';
import { limitSeconds } from './limit-seconds.ts';
import { reportIncidents } from './reports.ts';

// A storm of incidents against the built API and two built workers, with a fake Bot API that enforces Telegram's
// limits and a mail server, each a process of its own: `pnpm resilience storm [--seconds 20] [--rate 10]
// [--long]`. Says what came to everybody; ends with 1 when anything was lost, told twice or sent too fast.
const { values } = parseArgs({
  options: {
    /** Five minutes, with the policy that a worker has unless told otherwise. */
    long: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    /** Incidents per second. */
    rate: { type: 'string' },
  },
});
const seconds = Number(values.seconds ?? (values.long ? 300 : 20));
const perSecond = Number(values.rate ?? 10);
const changes = Math.max(2, Math.round(seconds / 15));
/** Seconds after the last report within which everything has to have left. */
const drainSeconds = values.long ? 240 + (seconds * perSecond) / 6 : 40;
const storm = values.long
  ? { threshold: 10, windowSeconds: 60, digestAfter: 30 }
  : { threshold: 3, windowSeconds: 60, digestAfter: 3 };

/** Enough people that what all of them get in the first seconds is more than the bot may send. */
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
const elapsed = () => ((Date.now() - began) / 1_000).toFixed(1);
const say = (line: string) => console.log(line);

const cleanUp: (() => Promise<unknown>)[] = [];
async function run(): Promise<boolean> {
  const server = await startPostgres();
  cleanUp.push(() => server.stop());
  const database = await createTemplate(server.url);
  cleanUp.push(() => database.drop());
  const url = databaseUrl(server.url, database.name);

  const start = (file: string, args: string[] = [], env: Record<string, string> = {}): Child => {
    const child = startChild(file, args, env);
    cleanUp.push(() => child.stop());
    return child;
  };
  const telegram = 'packages/testing/src/telegram/serve-fake-bot-api.ts';
  const bot = start(telegram, ['--enforce', '--latency', '30']);
  const mailbox = start('packages/testing/src/mail/serve-fake-mail-server.ts');
  const mails: z.output<typeof Mail>[] = [];
  const botAddress = Address.parse(JSON.parse(await bot.firstLine));
  const mailAddress = Address.parse(JSON.parse(await mailbox.firstLine));
  mailbox.onLine((line) => mails.push(Mail.parse(JSON.parse(line))));
  const clockOffset = await offsetOf(botAddress);

  const port = await freePort();
  const env = { DATABASE_URL: url };
  const api = start('apps/api/dist/main.js', [], {
    ...env,
    PORT: String(port),
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    RATE_LIMIT_WRITES: '0',
  });
  const workers = [1, 2].map(() =>
    start('apps/worker/dist/main.js', [], {
      ...env,
      SMTP_URL: mailAddress.url,
      MAIL_FROM: 'Инциденты <incidents@example.com>',
      MAIL_TO: addresses.join(','),
      TELEGRAM_BOT_TOKEN: botAddress.token ?? '',
      TELEGRAM_CHAT_IDS: chats.join(','),
      TELEGRAM_API_ROOT: botAddress.url,
      STORM_THRESHOLD: String(storm.threshold),
      STORM_WINDOW: String(storm.windowSeconds),
      STORM_DIGEST_AFTER: String(storm.digestAfter),
    }),
  );
  const jobsOf = workers.map(() => 0);
  const troubles = new Map<string, number>();
  for (const [index, worker] of workers.entries()) {
    worker.onLine((line) => {
      const { level, msg, error } = z
        .looseObject({ level: z.string(), msg: z.string() })
        .parse(JSON.parse(line));
      if (msg === 'job done') jobsOf[index] = (jobsOf[index] ?? 0) + 1;
      if (level === 'info' || level === 'debug') return;
      const trouble = `${level}: ${msg}${error === undefined ? '' : ` (${error})`}`;
      troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
    });
  }
  await Promise.all([api, ...workers].map(({ ready }) => ready));

  say(
    `${elapsed()} s: ${perSecond} incidents per second for ${seconds} s, ${changes} of them closed on the way`,
  );
  const reports = await reportIncidents(`http://127.0.0.1:${port}`, { seconds, perSecond, changes });
  say(`${elapsed()} s: ${reports.incidents.length} reported, the slowest answer took ${reports.slowest} ms`);

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanUp.push(() => client.end());
  const left = await drained(client);
  say(`${elapsed()} s: ${left === 0 ? 'everything has left' : `${left} jobs and deliveries are left`}`);

  const ask = async (path: string): Promise<unknown> => (await fetch(`${botAddress.url}${path}`)).json();
  const stats = Stats.parse(await ask('/stats'));
  const calls = z.array(Call).parse(await ask('/calls'));
  const tooFast = stats.violations.chat + stats.violations.group + stats.violations.total;
  const tables = [
    chats.map((chat) => {
      const own = calls.filter((call) => recipientOf(call) === chat && call.answer === 'ok');
      return whatWasTold(
        chat,
        own.map((call) => arrivalOf(call, clockOffset)),
        reports,
      );
    }),
    addresses.map((address) => {
      const own = mails.filter(({ recipients }) => recipients.includes(address));
      return whatWasTold(address, own.map(mailArrival), reports);
    }),
  ];
  const [toldChats = [], toldAddresses = []] = tables;

  say('\nrecipient              single  digests  changes  lost  twice  stale  delay: middle, worst');
  for (const told of [...groupsFirst(toldChats), ...toldAddresses]) say(row(told));
  const singles = await mostSingles(client);
  const times = (chat: string) => calls.filter((call) => call.chat === chat).map(({ at }) => at);
  const chatIds = [...new Set(calls.map(({ chat }) => chat))];
  const groupIds = chatIds.filter((chat) => !people.includes(chat));
  const states = await client.query<{ state: string; deliveries: string }>(
    'select state, count(*) as deliveries from deliveries group by state order by state',
  );

  const told = tables.flat();
  const perDigest = Math.max(1, ...calls.map(({ text }) => namesIn(text, kindOf(text)).length));
  const needed = limitSeconds(
    chats.map((chat) => ({
      isGroup: !people.includes(chat),
      incidents: reports.incidents.length,
      changes: reports.changed.length,
    })),
    { threshold: storm.threshold, perDigest },
  );
  const firstAt = Math.min(...reports.incidents.map(({ at }) => at));
  const took = (Math.max(...calls.map(({ at }) => at + clockOffset)) - firstAt) / 1_000;
  const sum = (count: (one: Told) => number) => told.reduce((total, one) => total + count(one), 0);
  const lost = sum((one) => one.lost.length);
  const twice = sum((one) => one.twice.length);
  const stale = sum((one) => one.stale.length);
  say(`
incidents                     ${reports.incidents.length}, requests refused: ${reports.refused.length}
told                          ${sum(() => reports.incidents.length) - lost} of ${sum(() => reports.incidents.length)} (incident, recipient); lost: ${lost}, told twice: ${twice}, status stale: ${stale}
deliveries                    ${states.rows.map(({ state, deliveries }) => `${state} ${deliveries}`).join(', ')}
calls to the Bot API          ${calls.length}: ${Object.entries(stats.byAnswer)
    .map(([answer, count]) => `${answer} ${count}`)
    .join(', ')}
most in 1 s to one chat       ${Math.max(...chatIds.map((chat) => mostWithin(times(chat), 1_000)))} (limit 1)
most in 60 s to one group     ${Math.max(...groupIds.map((chat) => mostWithin(times(chat), 60_000)))} (limit 20)
most in 1 s in all            ${mostWithin(
    calls.map(({ at }) => at),
    1_000,
  )} (limit 30)
violations                    chat ${stats.violations.chat}, group ${stats.violations.group}, all ${stats.violations.total}; calls about one incident and chat at once: ${stats.overlaps}
most told singly              ${singles} new incidents to one recipient in ${storm.windowSeconds} s (threshold ${storm.threshold})
mails                         ${mails.length}
jobs done                     ${jobsOf.map((jobs, index) => `worker ${index + 1}: ${jobs}`).join(', ')}
worst delay                   chats ${worst(toldChats)} s, mail ${worst(toldAddresses)} s
time until all chats knew     ${took.toFixed(1)} s from the first report; Telegram's limits alone need ${needed.toFixed(1)} s (${perDigest} incidents a digest), reporting took ${seconds} s`);
  for (const refused of reports.refused.slice(0, 5)) say(`refused: ${refused}`);
  for (const [trouble, count] of troubles) say(`${count} × ${trouble}`);

  const failures = [
    left > 0 && 'not everything has left in time',
    reports.refused.length > 0 && 'the API refused a request',
    lost > 0 && 'incidents were lost',
    twice > 0 && 'incidents were told twice',
    stale > 0 && 'somebody does not know a status',
    tooFast > 0 && "Telegram's limits were broken",
    singles > storm.threshold && 'somebody was flooded',
    states.rows.some(({ state }) => state !== 'sent') && 'deliveries did not succeed',
    jobsOf.some((jobs) => jobs === 0) && 'a worker had nothing to do',
    [...troubles.keys()].some((trouble) => /^(error|fatal)/.test(trouble)) && 'a worker logged an error',
  ].filter((failure) => failure !== false);
  say(`\n${elapsed()} s: ${failures.length === 0 ? 'held' : `FAILED: ${failures.join('; ')}`}`);
  return failures.length === 0;
}

/** What to add to a time of the fake Bot API to have one of ours. */
async function offsetOf({ url, token }: z.output<typeof Address>): Promise<number> {
  const sent = Date.now();
  await fetch(`${url}/bot${token}/getMe`, { method: 'POST', body: '{}' });
  const [call] = z.array(z.object({ at: z.number() })).parse(await (await fetch(`${url}/calls`)).json());
  await fetch(`${url}/reset`, { method: 'POST' });
  return sent - (call?.at ?? 0);
}

/**
 * Waits until nothing is to be sent and no job is to do, at most `drainSeconds`; returns how much still is. Jobs
 * that look a minute later whether another worker has left something of a digest are not waited for.
 */
async function drained(client: pg.Client): Promise<number> {
  const until = Date.now() + drainSeconds * 1_000;
  for (;;) {
    const { rows } = await client.query<{ left: number }>(
      `select (select count(*) from graphile_worker.jobs where task_identifier <> 'send_digest')::int
         + (select count(*) from deliveries where state in ('pending', 'sending'))::int as left`,
    );
    const left = rows[0]?.left ?? 0;
    if (left === 0 || Date.now() > until) return left;
    await sleep(250);
  }
}

/** How many new incidents a recipient was told one by one within the window, at most. */
async function mostSingles(client: pg.Client): Promise<number> {
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

const recipientOf = ({ chat, topic }: z.output<typeof Call>) =>
  topic === undefined ? chat : `${chat}:${topic}`;

function arrivalOf(call: z.output<typeof Call>, clockOffset: number): Arrival {
  const kind = call.method === 'editMessageText' ? 'edit' : kindOf(call.text);
  return { at: call.at + clockOffset, kind, names: namesIn(call.text, kind), text: call.text };
}

function mailArrival({ at, subject, text, inReplyTo }: z.output<typeof Mail>): Arrival {
  const kind = inReplyTo === null ? kindOf(subject) : 'reply';
  return { at, kind, names: namesIn(text, kind), text };
}

/** The first few people stand for all of them. */
const groupsFirst = (told: Told[]) => [
  ...told.filter(({ recipient }) => !people.includes(recipient)),
  ...told.filter(({ recipient }) => people.slice(0, 3).includes(recipient)),
];

const row = ({ recipient, singles, digests, changes, lost, twice, stale, delay }: Told) =>
  [
    recipient.padEnd(22),
    ...[singles, digests, changes, lost.length, twice.length, stale.length].map((figure, index) =>
      String(figure).padStart([6, 9, 9, 6, 7, 7][index] ?? 7),
    ),
    `${delay.middle.toFixed(1)} s, ${delay.worst.toFixed(1)} s`.padStart(18),
  ].join('');

const worst = (told: Told[]) => Math.max(...told.map(({ delay }) => delay.worst)).toFixed(1);

try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  for (const end of cleanUp.reverse()) await end();
}
