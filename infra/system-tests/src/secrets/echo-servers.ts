import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A server that refuses each request and repeats its secrets in the reply. */
export interface EchoServer {
  port: number;
  received(): string;
}

function startTextServer(greeting: string, reply: (said: string) => string): Promise<EchoServer> {
  let received = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(greeting);
    socket.setEncoding('utf8').on('data', (said: string) => {
      received += said;
      socket.write(reply(said));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      resolve({ port: typeof address === 'object' ? (address?.port ?? 0) : 0, received: () => received });
    });
  });
}

export const startEchoMailServer = (): Promise<EchoServer> =>
  startTextServer('220 echo ESMTP\r\n', (said) => {
    const line = said.trim();
    if (/^EHLO/i.test(line)) return '250-echo\r\n250 AUTH PLAIN LOGIN\r\n';
    if (/^AUTH/i.test(line)) {
      const given = line.split(' ').at(-1) ?? '';
      const decoded = Buffer.from(given, 'base64').toString().replaceAll('\0', ' ');
      return `535-5.7.8 no login with ${given}\r\n535 5.7.8 that is ${decoded}, ${encodeURIComponent(decoded)}\r\n`;
    }
    return '221 bye\r\n';
  });

/** A Redis that repeats each unknown command with its arguments, as older versions do. */
export const startEchoRedis = (): Promise<EchoServer> =>
  startTextServer('', (said) =>
    said
      .split(/^\*\d+\r\n/m)
      .slice(1)
      .map((command) => command.split('\r\n').filter((_, index) => index % 2 === 1))
      .map(([name, ...values]) => `-ERR unknown command '${name}', with args: '${values.join("', '")}'\r\n`)
      .join(''),
  );

/** Repeats the token as JSON, as a page, as a redirect, or not at all, by the last digit of the chat. */
export async function startEchoBotApi(): Promise<EchoServer> {
  let received = '';
  const server = createHttpServer(async (request, response) => {
    const { url = '' } = request;
    const body = await text(request);
    received += `${url} ${body}\n`;
    const said = `${url} ${encodeURIComponent(url)}`;
    const refuse = (code: number) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: false, error_code: code, description: `not by ${said}` }));
    };
    const chat = String(JSON.parse(body).chat_id);
    if (chat.endsWith('1')) return refuse(401);
    if (chat.endsWith('2')) return refuse(404);
    if (chat.endsWith('3')) return refuse(400);
    if (chat.endsWith('4')) return response.writeHead(404).end(`<html>${said}</html>`);
    if (chat.endsWith('5'))
      return response.writeHead(302, { location: `http://127.0.0.1:1${url}` }).end(said);
    if (chat.endsWith('6')) return request.socket.destroy();
    // Other chats get no reply.
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, received: () => received };
}
