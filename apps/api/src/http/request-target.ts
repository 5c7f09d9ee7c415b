import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

/** curl sends `?status=новый` unencoded, which Node's parser refuses. Returns whether it was retried. */
export function retryWithEncodedTarget(server: Server, packet: Buffer, socket: Duplex): boolean {
  const request = encodeTarget(packet);
  if (request === undefined) return false;
  const connection = new Duplex({
    read() {},
    write: (chunk, encoding, done) => socket.write(chunk, encoding, done),
    final: (done) => socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  // The rate limit needs the client's address.
  const remoteAddress = 'remoteAddress' in socket ? socket.remoteAddress : undefined;
  Object.defineProperty(connection, 'remoteAddress', { value: remoteAddress });
  socket.once('close', () => connection.destroy());
  server.emit('connection', connection);
  connection.push(request);
  return true;
}

function encodeTarget(packet: Buffer): Buffer | undefined {
  if (packet.indexOf('\r\n\r\n') !== packet.length - 4) return undefined;
  const [line = '', ...headers] = packet.toString('latin1').split('\r\n');
  const encoded = line.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  if (encoded === line) return undefined;
  // The socket's own parser has stopped, so no request can follow.
  const others = headers.filter((header) => !/^connection:/i.test(header));
  return Buffer.from([encoded, 'Connection: close', ...others].join('\r\n'), 'latin1');
}
