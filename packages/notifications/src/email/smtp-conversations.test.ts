import { createServer, type Server, type Socket } from 'node:net';
import {
  closeMailServersAfterEach,
  type Script,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestLogger } from '@incidents/testing/test-logger';
import { afterEach, describe, expect, it } from 'vitest';
import type { SendResult } from '../engine/channel.ts';
import { createWording } from '../messages/wording.ts';
import { createEmailChannel, type EmailTimeouts } from './email-channel.ts';
import { notice } from './testing/notices.ts';

const { logger } = useTestLogger();
closeMailServersAfterEach();

const channels: { close(): Promise<void> }[] = [];
const sockets = new Set<Socket>();
const rawServers: Server[] = [];
afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.close()));
  for (const socket of sockets) socket.destroy();
  for (const server of rawServers.splice(0)) server.close();
});

/** Longer than any test takes. */
const PATIENT = { connect: 60_000, greeting: 60_000, socket: 60_000 };
/** Where silence is to be noticed: long enough for a busy machine, short enough to wait for. */
const IMPATIENT = { connect: 5_000, greeting: 1_000, socket: 1_500 };

function emailChannel(smtpUrl: string, timeouts: Partial<EmailTimeouts> = PATIENT) {
  const channel = createEmailChannel({
    smtpUrl,
    from: 'Инциденты <incidents@example.com>',
    wording: createWording({ locale: 'en', timeZone: 'UTC' }),
    logger,
    timeouts,
  });
  channels.push(channel);
  return channel;
}

const never = new AbortController().signal;
const TROUBLED = 'troubled@example.com';
const OTHER = 'other@example.com';
const only = (reaction: NonNullable<ReturnType<NonNullable<Script['rcptTo']>>>) => (recipient: string) =>
  recipient === TROUBLED ? reaction : 'ok';
const first = (reaction: NonNullable<ReturnType<NonNullable<Script['rcptTo']>>>) => (connection: number) =>
  connection === 1 ? reaction : 'ok';

interface Case {
  name: string;
  script: Script;
  credentials?: string;
  outcome: SendResult;
  /** How many messages the troubled recipient has afterwards; 0 unless said. */
  got?: number;
}

const sent: SendResult = {
  kind: 'sent',
  providerMessageId: expect.stringMatching(/^<incident-12\..*@example\.com>$/),
};
const retry = (error: string): SendResult => ({ kind: 'retry', error });
const failed = (error: string): SendResult => ({ kind: 'failed', error });
/** No session came about, so no other message leaves either. */
const unavailable = (error: string): SendResult => ({ kind: 'unavailable', error });

const cases: Case[] = [
  { name: 'everything taken', script: {}, outcome: sent, got: 1 },
  {
    name: 'silent after the connection',
    script: { greeting: first('silence') },
    outcome: unavailable('the mail server accepted the connection and did not greet in time'),
  },
  {
    name: 'silent after RCPT',
    script: { rcptTo: only('silence') },
    outcome: retry('the mail server fell silent during the conversation'),
  },
  {
    name: 'silent after the message, which it has',
    script: { message: only('silence') },
    outcome: retry('the mail server fell silent during the conversation'),
    got: 1,
  },
  {
    name: '421 for a greeting',
    script: { greeting: first({ code: 421, text: 'Too many connections' }) },
    outcome: unavailable('connection: 421 Too many connections'),
  },
  {
    name: '554 for a greeting',
    script: { greeting: first({ code: 554, text: 'No service for you here' }) },
    outcome: unavailable('connection: 554 No service for you here'),
  },
  {
    name: 'dropped before the greeting, once',
    script: { greeting: first('drop') },
    outcome: sent,
    got: 1,
  },
  {
    name: '451 to MAIL FROM',
    script: {
      mailFrom: (() => {
        let calls = 0;
        return () => (calls++ === 0 ? { code: 451, text: 'Come later' } : 'ok');
      })(),
    },
    outcome: retry('MAIL FROM: 451 Come later'),
  },
  {
    name: '451 to RCPT',
    script: { rcptTo: only({ code: 451, text: 'Greylisted' }) },
    outcome: retry('RCPT TO: 451 Greylisted'),
  },
  {
    name: '452 to RCPT, the mailbox is full',
    script: { rcptTo: only({ code: 452, text: 'Mailbox full' }) },
    outcome: retry('RCPT TO: 452 Mailbox full'),
  },
  {
    name: '550 to RCPT',
    script: { rcptTo: only({ code: 550, text: 'No such user' }) },
    outcome: failed('RCPT TO: 550 No such user'),
  },
  {
    name: '530 to RCPT, log in first',
    script: { rcptTo: only({ code: 530, text: 'Authentication required' }) },
    outcome: retry('RCPT TO: 530 Authentication required'),
  },
  {
    name: '421 to RCPT',
    script: { rcptTo: only({ code: 421, text: 'Shutting down' }) },
    outcome: retry('connection: 421 Shutting down'),
  },
  {
    name: 'dropped after RCPT',
    script: { rcptTo: only('drop') },
    outcome: retry('Connection closed unexpectedly (ECONNECTION)'),
  },
  {
    name: '451 after the message',
    script: { message: only({ code: 451, text: 'Local error' }) },
    outcome: retry('DATA: 451 Local error'),
  },
  {
    name: '554 after the message',
    script: { message: only({ code: 554, text: 'Looks like spam' }) },
    outcome: failed('DATA: 554 Looks like spam'),
  },
  {
    name: 'dropped after the message, which it has',
    script: { message: only('drop') },
    outcome: retry('Connection closed unexpectedly (ECONNECTION)'),
    got: 1,
  },
  {
    name: 'login refused',
    script: {
      options: { authOptional: false },
      login: (_user, _password, connection) =>
        first({ code: 535, text: 'Authentication failed' })(connection),
    },
    credentials: 'robot:wrong',
    outcome: unavailable('AUTH PLAIN: 535 Authentication failed'),
  },
];

describe('a conversation with the mail server', () => {
  it.each(cases)('$name', async ({ script, credentials, outcome, got = 0 }) => {
    const server = await startMailServer(script);
    const url = credentials ? server.url.replace('//', `//${credentials}@`) : server.url;
    const silence = 'error' in outcome && /in time|silent/.test(outcome.error ?? '');
    const channel = emailChannel(url, silence ? IMPATIENT : PATIENT);
    const ended: string[] = [];
    const send = async (recipient: string) => {
      const result = await channel.send(notice({ recipient }), never);
      ended.push(recipient);
      return result;
    };

    const [troubled, other] = await Promise.all([send(TROUBLED), send(OTHER)]);

    expect(troubled).toEqual(outcome);
    expect(server.mailbox(TROUBLED)).toHaveLength(got);
    expect(other).toEqual(sent);
    expect(server.mailbox(OTHER)).toHaveLength(1);
    if (silence) expect(ended).toEqual([OTHER, TROUBLED]);
  });

  it('a login that the server wants and the URL lacks', async () => {
    const server = await startMailServer({ options: { authOptional: false } });
    expect(await emailChannel(server.url).send(notice(), never)).toEqual(
      retry('MAIL FROM: 530 Error: authentication Required'),
    );
  });

  it('a login that is taken', async () => {
    const logins: string[] = [];
    const server = await startMailServer({
      options: { authOptional: false },
      login: (user, password) => {
        logins.push(`${user} ${password}`);
        return 'ok';
      },
    });
    const url = server.url.replace('//', '//robot%40example.com:p%3Aa%2Fs%20s@');
    expect(await emailChannel(url).send(notice(), never)).toEqual(sent);
    expect(logins).toEqual(['robot@example.com p:a/s s']);
  });

  it('credentials that the server repeats stay out of the error', async () => {
    const server = await startMailServer({
      options: { authOptional: false },
      login: (user, password) => ({
        code: 535,
        text: `No: ${user} / ${password} / ${Buffer.from(`\0${user}\0${password}`).toString('base64')} / hunter%202`,
      }),
    });
    const url = server.url.replace('//', '//robot:hunter%202@');
    expect(await emailChannel(url).send(notice(), never)).toEqual(
      unavailable('AUTH PLAIN: 535 No: *** / *** / *** / ***'),
    );
  });

  it('nobody listens at the port', async () => {
    const { url, port, close } = await startMailServer();
    await close();
    expect(await emailChannel(url).send(notice(), never)).toEqual(
      unavailable(`connect ECONNREFUSED 127.0.0.1:${port}`),
    );
  });

  it('a name that is none', async () => {
    // Which error it is depends on the resolver.
    expect((await emailChannel('smtp://mail.invalid').send(notice(), never)).kind).toBe('unavailable');
  });

  it('always dropped before the greeting', async () => {
    const server = await startMailServer({ greeting: () => 'drop' });
    expect((await emailChannel(server.url).send(notice(), never)).kind).toBe('retry');
    expect(server.connections()).toBe(2);
  });

  it('silent instead of a TLS handshake', async () => {
    const url = await rawServer(() => {});
    const channel = emailChannel(url.replace('smtp:', 'smtps:'), { ...PATIENT, connect: 300 });
    expect(await channel.send(notice(), never)).toEqual(
      unavailable('no connection to the mail server in time'),
    );
  });

  it('not SMTP at all', async () => {
    const url = await rawServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await emailChannel(url).send(notice(), never)).toEqual(
      retry('connection: HTTP/1.1 400 Bad Request'),
    );
  });

  it('a byte now and then, for ever', async () => {
    const url = await rawServer((socket) => {
      socket.write('220 slow\r\n');
      const timer = setInterval(() => socket.write('250-more\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await emailChannel(url, { ...PATIENT, total: 600 }).send(notice(), never)).toEqual(
      retry('the mail server took longer than 0.6 s'),
    );
  });

  it('an error text of any length is one short line', async () => {
    const server = await startMailServer({ rcptTo: () => ({ code: 550, text: `No. ${'й '.repeat(2000)}` }) });
    const outcome = await emailChannel(server.url).send(notice(), never);
    expect(outcome).toEqual(failed(expect.stringMatching(/^RCPT TO: 550 No\. [й ]+…$/)));
    expect('error' in outcome && outcome.error?.length).toBeLessThanOrEqual(500);
  });

  it('larger than the server takes', async () => {
    const server = await startMailServer({ options: { size: 2_000, rejectOversized: true } });
    const outcome = await emailChannel(server.url).send(notice(), never);
    expect(outcome).toEqual(failed(expect.stringMatching(/^DATA: 552 /)));
  });

  it.each(['STARTTLS', 'TLS from the start'])('a certificate that nobody signed, %s', async (kind) => {
    const secure = kind === 'TLS from the start';
    const server = await startMailServer({ options: { secure, disabledCommands: [] } });
    const url = secure ? server.url.replace('smtp:', 'smtps:') : server.url;
    expect(await emailChannel(url).send(notice(), never)).toEqual(
      unavailable(expect.stringMatching(/certificate/)),
    );
    expect(server.mailbox('duty@example.com')).toEqual([]);

    const trusting = emailChannel(`${url}?tls.rejectUnauthorized=false`);
    expect(await trusting.send(notice(), never)).toEqual(sent);
    expect(server.mailbox('duty@example.com')).toHaveLength(1);
  });

  it('options in the URL do not undo the timeouts', async () => {
    const server = await startMailServer({ greeting: () => 'silence' });
    const channel = emailChannel(`${server.url}?greetingTimeout=600000&connectionTimeout=600000`, IMPATIENT);
    expect((await channel.send(notice(), never)).kind).toBe('unavailable');
  });
});

describe('connections', () => {
  it('are kept, and their loss between two messages is not noticed', async () => {
    const server = await startMailServer();
    const channel = emailChannel(server.url);
    for (const deliveryId of [1, 2]) {
      expect(await channel.send(notice({ deliveryId }), never)).toEqual(sent);
    }
    expect(server.connections()).toBe(1);
    server.dropConnections();
    expect(await channel.send(notice({ deliveryId: 3 }), never)).toEqual(sent);
    expect(server.mailbox('duty@example.com')).toHaveLength(3);
  });

  it('of a server that has stopped answering are given up in time, by those that wait for one too', async () => {
    const server = await startMailServer({ greeting: () => 'silence' });
    const channel = emailChannel(server.url, { ...PATIENT, total: 500 });
    const began = performance.now();
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, deliveryId) =>
        channel.send(notice({ deliveryId, recipient: `duty-${deliveryId}@example.com` }), never),
      ),
    );
    expect(outcomes).toEqual(Array(40).fill(retry('the mail server took longer than 0.5 s')));
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('of a mailbox that hangs is one; the others get theirs meanwhile', async () => {
    const server = await startMailServer({ rcptTo: only('silence') });
    const channel = emailChannel(server.url, IMPATIENT);
    const ended: string[] = [];
    const send = async (recipient: string, deliveryId: number) => {
      const { kind } = await channel.send(notice({ recipient, deliveryId }), never);
      ended.push(`${recipient} ${kind}`);
    };
    const others = Array.from({ length: 12 }, (_, index) => send(OTHER, index));
    await Promise.all([send(TROUBLED, 100), ...others]);
    expect(ended).toEqual([...Array(12).fill(`${OTHER} sent`), `${TROUBLED} retry`]);
  });

  it('many messages to a mailbox that is well all arrive', async () => {
    const server = await startMailServer();
    const channel = emailChannel(server.url);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, deliveryId) => channel.send(notice({ deliveryId }), never)),
    );
    expect(outcomes).toEqual(Array(10).fill(sent));
    expect(server.mailbox('duty@example.com')).toHaveLength(10);
    expect(server.connections()).toBeLessThanOrEqual(5);
  });
});

describe('an interrupted attempt', () => {
  const interrupted = { kind: 'interrupted' };

  it('ends at once, also while the server is silent', async () => {
    const stopping = new AbortController();
    const server = await startMailServer({
      rcptTo: () => {
        stopping.abort();
        return 'silence';
      },
    });
    const channel = emailChannel(server.url);
    expect(await channel.send(notice(), stopping.signal)).toEqual(interrupted);
  });

  it('does not begin after the signal', async () => {
    const server = await startMailServer();
    expect(await emailChannel(server.url).send(notice(), AbortSignal.abort())).toEqual(interrupted);
    expect(server.connections()).toBe(0);
  });

  it('is left by close', async () => {
    let close = async () => {};
    const server = await startMailServer({
      rcptTo: () => {
        void close();
        return 'silence';
      },
    });
    const channel = emailChannel(server.url);
    close = channel.close;
    expect((await channel.send(notice(), never)).kind).toBe('retry');
    expect((await channel.send(notice(), never)).kind).toBe('retry');
  });
});

/** A server that speaks whatever `serve` makes it speak. */
async function rawServer(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket);
  });
  rawServers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
