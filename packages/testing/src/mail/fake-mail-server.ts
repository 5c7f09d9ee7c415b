import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { afterEach } from 'vitest';

/** The reaction at one point of a conversation; `drop` breaks the connection. */
export type Reaction = 'ok' | 'silence' | 'drop' | { code: number; text: string };

/** Deviations from accepting everything. Connections are counted from 1. */
export interface Script {
  greeting?: (connection: number) => Reaction;
  login?: (username: string, password: string, connection: number) => Reaction;
  mailFrom?: (address: string) => Reaction;
  rcptTo?: (address: string) => Reaction;
  /** After the whole message: it is in the mailbox with `ok`, `silence` and `drop`. */
  message?: (recipient: string) => Reaction;
  options?: SMTPServerOptions;
}

export interface Received {
  from: string;
  recipients: string[];
  raw: string;
  mail: ParsedMail;
}

export interface MailServer {
  port: number;
  url: string;
  connections(): number;
  mailbox(address: string): Received[];
  /** Breaks all connections, as a restart does. */
  dropConnections(): void;
  close(): Promise<void>;
}

const servers: MailServer[] = [];

/** Closes the servers of each test. Call it once in a test file. */
export const closeMailServersAfterEach = () =>
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

export async function startMailServer(script: Script = {}): Promise<MailServer> {
  const received: Received[] = [];
  const numbers = new Map<string, number>();
  const numberOf = ({ id }: SMTPServerSession) => numbers.get(id) ?? 0;

  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 1,
    logger: false,
    ...script.options,
    onConnect(session, callback) {
      numbers.set(session.id, numbers.size + 1);
      react(script.greeting?.(numberOf(session)), session, callback);
    },
    onAuth({ username = '', password }, session, callback) {
      const reaction = script.login?.(username, password ?? '', numberOf(session));
      react(reaction, session, (error) => (error ? callback(error) : callback(null, { user: username })));
    },
    onMailFrom({ address }, session, callback) {
      react(script.mailFrom?.(address), session, callback);
    },
    onRcptTo({ address }, session, callback) {
      react(script.rcptTo?.(address), session, callback);
    },
    async onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      const raw = Buffer.concat(chunks);
      const { mailFrom, rcptTo } = session.envelope;
      const recipients = rcptTo.map(({ address }) => address);
      const reaction = script.message?.(recipients[0] ?? '') ?? 'ok';
      if (typeof reaction === 'string') {
        received.push({
          from: mailFrom ? mailFrom.address : '',
          recipients,
          raw: raw.toString('latin1'),
          mail: await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true }),
        });
      }
      react(reaction, session, callback);
    },
  });
  // A client may break off a conversation.
  server.on('error', () => {});

  function react(
    reaction: Reaction = 'ok',
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ) {
    if (reaction === 'silence') return;
    if (reaction === 'drop') {
      for (const connection of server.connections) {
        if (connection.id === session.id) connection._socket.destroy();
      }
      return;
    }
    if (reaction === 'ok') return callback();
    callback(Object.assign(new Error(reaction.text), { responseCode: reaction.code }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const mailServer: MailServer = {
    port,
    url: `smtp://127.0.0.1:${port}`,
    connections: () => numbers.size,
    mailbox: (address) => received.filter(({ recipients }) => recipients.includes(address)),
    dropConnections() {
      for (const connection of server.connections) connection._socket.destroy();
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
  servers.push(mailServer);
  return mailServer;
}
