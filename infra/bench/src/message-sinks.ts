import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

import type { ChannelName } from '@incidents/db/tables/channel';

export interface ReceivedMessage {
  channel: ChannelName;
  /** Id of its incident; 0 when unknown. */
  incident: number;
  recipient: string;
}

type OnMessage = (message: ReceivedMessage) => void;

/** The e-mail channel puts the incident into the message id. */
const MESSAGE_ID = /^message-id: <incident-(\d+)\./i;
const HEADING = /[№#](\d+)/;

export const parseIncidentId = (text: string): number => Number(HEADING.exec(text)?.[1] ?? 0);

/** @returns a function from received text to replies */
export function createSmtpSession(onMessage: OnMessage): (received: string) => string {
  let unread = '';
  let inData = false;
  let incident = 0;
  let recipients: string[] = [];

  const answerCommand = (line: string): string => {
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return '250-bench\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n';
      case 'RCPT':
        recipients.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
        return '250 OK\r\n';
      case 'DATA':
        inData = true;
        incident = 0;
        return '354 Go ahead\r\n';
      case 'QUIT':
        return '221 Bye\r\n';
      default:
        return '250 OK\r\n';
    }
  };

  const readMailLine = (line: string): string => {
    if (line !== '.') {
      if (incident === 0) incident = Number(MESSAGE_ID.exec(line)?.[1] ?? 0);
      return '';
    }
    for (const recipient of recipients) onMessage({ channel: 'email', incident, recipient });
    recipients = [];
    inData = false;
    return '250 Taken\r\n';
  };

  return (received) => {
    const lines = (unread + received).split('\r\n');
    unread = lines.pop() ?? '';
    return lines.map((line) => (inData ? readMailLine(line) : answerCommand(line))).join('');
  };
}

/** Stores no message. Returns its URL. */
export async function startMailSink(onMessage: OnMessage): Promise<string> {
  const server = createTcpServer({ noDelay: true }, (socket) => {
    const answer = createSmtpSession(onMessage);
    socket.on('error', () => {});
    socket.setEncoding('latin1');
    socket.write('220 bench\r\n');
    socket.on('data', (received: string) => {
      const replies = answer(received);
      if (replies.endsWith('221 Bye\r\n')) socket.end(replies);
      else if (replies !== '') socket.write(replies);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A Bot API without limits. Returns its origin. */
export async function startBotApiSink(onMessage: OnMessage): Promise<string> {
  let messages = 0;
  const server = createHttpServer(async (request, response) => {
    const call = JSON.parse((await readBody(request)) || '{}');
    const method = request.url?.split('/').at(-1);
    const recipient = String(call.chat_id ?? '');
    if (method === 'sendMessage') {
      onMessage({ channel: 'telegram', incident: parseIncidentId(String(call.text)), recipient });
    }
    messages += 1;
    const result =
      method === 'getMe'
        ? { id: 1, is_bot: true, first_name: 'bench', username: 'bench_bot' }
        : { message_id: messages, date: 0, chat: { id: Number(recipient), type: 'private' } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const readBody = (request: IncomingMessage) =>
  new Promise<string>((resolve) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => resolve(body));
    request.on('error', () => {});
  });
