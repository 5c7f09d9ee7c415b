import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

/**
 * Some clients (curl among them) send `?status=новый` as the bytes that were typed. Node's parser refuses an
 * address with such bytes, where percent-encoded ones are meant; this hands it the same request once more
 * with them encoded. Only for one whole request without a body, which is then the last of its connection.
 * @param packet what the parser refused
 * @returns whether the request is on its way
 */
export function retryWithEncodedAddress(server: Server, packet: Buffer, socket: Duplex): boolean {
  const request = encodeAddress(packet);
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
  // Whom the request is from.
  const remoteAddress = 'remoteAddress' in socket ? socket.remoteAddress : undefined;
  Object.defineProperty(connection, 'remoteAddress', { value: remoteAddress });
  socket.once('close', () => connection.destroy());
  server.emit('connection', connection);
  connection.push(request);
  return true;
}

function encodeAddress(packet: Buffer): Buffer | undefined {
  if (packet.indexOf('\r\n\r\n') !== packet.length - 4) return undefined;
  const [line = '', ...headers] = packet.toString('latin1').split('\r\n');
  const encoded = line.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  if (encoded === line) return undefined;
  // The socket's own parser has given up, so nothing can follow.
  const others = headers.filter((header) => !/^connection:/i.test(header));
  return Buffer.from([encoded, 'Connection: close', ...others].join('\r\n'), 'latin1');
}
