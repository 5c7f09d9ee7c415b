import { eventually } from '@incidents/testing/eventually';
import { exchange } from '@incidents/testing/http/raw-http';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCanaries, makeCanary } from './secrets/canary.ts';
import { startEchoBotApi, startEchoMailServer, startEchoRedis } from './secrets/echo-servers.ts';
import { type ServiceProcess, useServiceProcesses } from './service-process.ts';

// The secrets contain characters that a URL has to encode.
const database = makeCanary('the password of DATABASE_URL', '*:/?#@% +', 'secrets', 'stranger');
const redis = makeCanary('the password of REDIS_URL', '*/+ä', 'limiter');
const smtpUser = makeCanary('the user of SMTP_URL', '*+duty@example.com');
const smtpPassword = makeCanary('the password of SMTP_URL', '*/"+&', smtpUser.text);
const botToken = makeCanary('TELEGRAM_BOT_TOKEN', '123456789:*');
const adminKey = makeCanary('ADMIN_API_KEY', '*+/=');
const bearer = makeCanary('Authorization: Bearer');
const basic = makeCanary('Authorization: Basic', '*', 'user');
const apiKey = makeCanary('X-API-Key');
const cookie = makeCanary('Cookie');
const secrets = [database, redis, smtpUser, smtpPassword, botToken, adminKey, bearer, basic, apiKey, cookie];

/** Secrets of a client that takes this service for another one. */
const clientHeaders = {
  Authorization: `Bearer ${bearer.text}`,
  'X-API-Key': apiKey.text,
  Cookie: `session=${cookie.text}`,
};

const outputOf = (...processes: ServiceProcess[]) =>
  processes.map(({ output: { stdout, stderr } }) => stdout + stderr).join('\n');
const hasLogged = (process: ServiceProcess, msg: string) =>
  eventually(() => expect(process.lines.map((line) => line.msg)).toContain(msg), 20_000);

async function ask(
  port: number,
  request: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<{ status: number | undefined; text: string }> {
  const all = {
    Host: '127.0.0.1',
    Connection: 'close',
    ...(body !== '' && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const replies = await exchange(port, `${request} HTTP/1.1\r\n${head.join('')}\r\n${body}`);
  return {
    status: replies[0]?.status,
    text: JSON.stringify(replies.map((reply) => [reply.status, [...reply.headers], reply.body])),
  };
}

const testDatabase = useTestDatabase();
// A role of its own has a password to search for, even where the server asks for none.
const role = `secrets_${process.pid}_${Date.now()}`;
beforeAll(async () => {
  const { rows } = await testDatabase.db.pool.query('select current_user as name');
  const password = database.text.replaceAll("'", "''");
  await testDatabase.db.pool.query(
    `create role ${role} login password '${password}' in role "${rows[0].name}"`,
  );
});
afterAll(async () => {
  await testDatabase.db.pool.query(`drop owned by ${role}; drop role ${role}`);
});
const start = useServiceProcesses();

function databaseUrl({ user = role, port = '', name = '' } = {}): string {
  const url = new URL(testDatabase.url);
  if (port !== '') url.port = port;
  if (name !== '') url.pathname = `/${name}`;
  url.username = user;
  url.password = database.encoded;
  return url.href;
}

describe('a wrong environment variable', () => {
  const right = {
    DATABASE_URL: `postgresql://stranger:${database.encoded}@127.0.0.1:1/nothing`,
    REDIS_URL: `redis://limiter:${redis.encoded}@127.0.0.1:1`,
    ADMIN_API_KEY: adminKey.text,
    SMTP_URL: `smtp://${smtpUser.encoded}:${smtpPassword.encoded}@127.0.0.1:1`,
    MAIL_FROM: 'incidents@example.com',
    MAIL_TO: 'duty@example.com',
    TELEGRAM_BOT_TOKEN: botToken.text,
    TELEGRAM_CHAT_IDS: '101',
    LOG_LEVEL: 'trace',
  };
  const wrong: ['api' | 'worker', keyof typeof right, string][] = [
    ...(['api', 'worker'] as const).flatMap((app) =>
      [
        database.text,
        `mysql://user:${database.encoded}@host/name`,
        `postgresql://user:${database.encoded}@host:99999999/name`,
        `postgresql://user:${database.text}@[/name`,
      ].map((value): (typeof wrong)[number] => [app, 'DATABASE_URL', value]),
    ),
    ['api', 'REDIS_URL', redis.text],
    ['api', 'REDIS_URL', `http://limiter:${redis.encoded}@host`],
    ['api', 'REDIS_URL', `redis://limiter:${redis.text}@[`],
    ['api', 'ADMIN_API_KEY', `${adminKey.text} with a space`],
    ['worker', 'SMTP_URL', smtpPassword.text],
    ['worker', 'SMTP_URL', `http://${smtpUser.encoded}:${smtpPassword.encoded}@host`],
    ['worker', 'SMTP_URL', `smtp://${smtpUser.encoded}:${smtpPassword.encoded}%zz@host`],
    ['worker', 'SMTP_URL', `smtp://${smtpUser.encoded}:${smtpPassword.encoded}@[`],
    ['worker', 'TELEGRAM_BOT_TOKEN', `bot${botToken.text}`],
    ['worker', 'TELEGRAM_BOT_TOKEN', `${botToken.text} `],
  ];

  test.each(wrong)('makes %s refuse %s without printing it', async (app, name, value) => {
    // Each app ignores variables of the other, so one more variable is wrong.
    const process = start(app, { ...right, [name]: value, SHUTDOWN_TIMEOUT: 'soon' });
    expect(await process.ended).toEqual({ code: 78, signal: null });
    expect(process.output.stderr).toContain('  SHUTDOWN_TIMEOUT: ');
    expect(findCanaries(outputOf(process), secrets)).toEqual([]);
  });
});

describe('a database that', () => {
  const nowhere = async () => databaseUrl({ port: String(await findFreePort()) });
  test.each([
    ['is not there', nowhere],
    ['does not know the role', () => databaseUrl({ user: 'stranger' })],
    ['does not exist', () => databaseUrl({ name: 'nothing' })],
    // An unknown user, because a server without passwords admits the others.
    ['has a password that cannot be decoded', () => databaseUrl({ user: 'stranger' }).replace('@', '%zz@')],
    ['wants TLS from a server without', () => `${databaseUrl()}?sslmode=require`],
  ])('%s', async (_, url) => {
    const port = await findFreePort();
    const env = { DATABASE_URL: await url(), LOG_LEVEL: 'trace' };
    const api = start('api', { ...env, PORT: String(port), AUTH: 'off' });
    const worker = start('worker', env);
    await Promise.all([api, worker].map((process) => hasLogged(process, 'the database is not ready')));
    const replies = [
      await ask(port, 'GET /readyz', clientHeaders),
      await ask(port, 'GET /incidents/', clientHeaders),
    ];
    expect(replies.map(({ status }) => status)).not.toContain(200);
    for (const process of [api, worker]) process.child.kill('SIGTERM');
    await Promise.all([api.ended, worker.ended]);
    const all = outputOf(api, worker) + replies.map(({ text }) => text).join('\n');
    expect(findCanaries(all, secrets)).toEqual([]);
  });
});

test('no failure of requests, deliveries or Redis prints a secret', async () => {
  const [mail, bot, redisServer] = await Promise.all([
    startEchoMailServer(),
    startEchoBotApi(),
    startEchoRedis(),
  ]);
  const port = await findFreePort();
  const env = { DATABASE_URL: databaseUrl(), LOG_LEVEL: 'trace' };
  const api = start('api', {
    ...env,
    PORT: String(port),
    ADMIN_API_KEY: adminKey.text,
    REDIS_URL: `redis://limiter:${redis.encoded}@127.0.0.1:${redisServer.port}`,
  });
  const worker = start('worker', {
    ...env,
    SMTP_URL: `smtp://${smtpUser.encoded}:${smtpPassword.encoded}@127.0.0.1:${mail.port}`,
    MAIL_FROM: 'incidents@example.com',
    MAIL_TO: 'duty@example.com',
    TELEGRAM_BOT_TOKEN: botToken.text,
    TELEGRAM_CHAT_IDS: '101,102,103,104,105,106,107',
    TELEGRAM_API_ROOT: `http://127.0.0.1:${bot.port}`,
  });
  await eventually(async () => expect((await ask(port, 'GET /readyz')).status).toBe(200), 20_000);
  await hasLogged(worker, 'taking jobs');

  const replies: string[] = [];
  const said = async (...request: Parameters<typeof ask> extends [number, ...infer Rest] ? Rest : never) => {
    const reply = await ask(port, ...request);
    replies.push(reply.text);
    return reply;
  };
  const admin = { Authorization: `Bearer ${adminKey.text}` };
  const report = JSON.stringify({ text: 'Бот молчит', description: 'с утра', source: 'monitoring' });

  const created = await said('POST /incidents/', admin, report);
  expect(created.status).toBe(201);
  const id = /\\"id\\":(\d+)/.exec(created.text)?.[1];

  for (const headers of [
    admin,
    clientHeaders,
    { ...clientHeaders, Authorization: `Basic ${encode(basic)}` },
  ]) {
    await said('GET /incidents/', headers);
    await said(`PATCH /incidents/${id}`, headers, '{"status": 1}');
    await said('POST /incidents/', headers, '{"text": ');
    await said('POST /incidents/', headers, '[]');
    await said('DELETE /incidents/', headers);
    await said('GET /nowhere', headers);
    await said('OPTIONS /incidents/', { ...headers, Origin: 'https://elsewhere.example.com' });
    await said('GET /incidents/?limit=-1', headers);
    await said('GET /incidents/', { ...headers, 'X-Long': 'a'.repeat(40_000) });
    await said('GET /incidents/', { ...headers, 'no name at all\r\n': '' });
    await said('GET /incidents/%zz', headers);
    await said('NONSENSE /incidents/', headers);
    await said('POST /incidents/', { ...headers, 'Content-Length': 'many' });
  }
  await said(`GET http://user:${basic.text}@127.0.0.1/incidents/`, admin);
  await said(`GET http://user:${basic.text}@127.0.0.1/nowhere`, admin);

  // Every attempt is refused, in one way for each chat.
  await eventually(async () => {
    const { rows } = await testDatabase.db.pool.query(
      'select 1 from deliveries where incident_id = $1 and last_error is not null',
      [id],
    );
    expect(rows.length).toBe(8);
  }, 45_000);
  const deliveries = await said(`GET /incidents/${id}/deliveries`, admin);
  expect(deliveries.status).toBe(200);
  expect(deliveries.text).toContain('535');
  await said('GET /jobs', admin);
  await said('GET /queue', admin);

  await testDatabase.db.pool.query('alter table incidents rename column description to elsewhere');
  expect((await said('POST /incidents/', admin, report)).status).toBe(500);
  await testDatabase.db.pool.query('alter table incidents rename column elsewhere to description');

  // The servers received the secrets, so the test would find them.
  const received = bot.received() + mail.received();
  for (const { name, spellings } of [botToken, smtpPassword]) {
    expect(
      spellings.some((spelling) => received.includes(spelling)),
      name,
    ).toBe(true);
  }
  await eventually(async () => expect(api.lines.map(({ msg }) => msg)).toContain('request failed'));

  for (const process of [api, worker]) process.child.kill('SIGTERM');
  expect(await Promise.all([api.ended, worker.ended])).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  expect(findCanaries([outputOf(api, worker), ...replies].join('\n'), secrets)).toEqual([]);
});

const encode = ({ text }: { text: string }) => Buffer.from(`user:${text}`).toString('base64');
