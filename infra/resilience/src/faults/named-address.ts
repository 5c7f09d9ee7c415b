import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Cleanup } from '@incidents/testing/processes/cleanup';

/** An address that leads to one server and later to another, as a DNS name does. Open connections stay. */
export interface NamedAddress {
  port: number;
  leadTo(port: number): void;
}

export async function openNamedAddress(cleanup: Cleanup, port: number): Promise<NamedAddress> {
  let target = port;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const destroy = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', destroy);
      socket.on('close', () => {
        sockets.delete(socket);
        destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the address has no port');
  return {
    port: address.port,
    leadTo(next) {
      target = next;
    },
  };
}
