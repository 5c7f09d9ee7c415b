import { expect, test } from 'vitest';
import { parseSockets } from './sockets.ts';

test('parseSockets reads ports, states and inodes of IPv4 and IPv6', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   102        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0100007F:D431 0100007F:1538 01 00000000:00000000 02:00000AB0 00000000     0        0 23456 2 0000000000000000 20 4 30 10 -1
   2: 0200A8C0:D432 0300A8C0:18EB 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
   3: 0000000000000000FFFF00000100007F:1F40 0000000000000000FFFF00000100007F:D433 01 00000000:00000000 00:00000000 00000000 0 0 34567 1
`;
  expect(parseSockets(table)).toEqual([
    { localPort: 5432, isLoopback: false, remotePort: 0, state: 'listening', inode: '12345' },
    { localPort: 54321, isLoopback: true, remotePort: 5432, state: 'established', inode: '23456' },
    { localPort: 54322, isLoopback: false, remotePort: 6379, state: 'other', inode: '0' },
    { localPort: 8000, isLoopback: true, remotePort: 54323, state: 'established', inode: '34567' },
  ]);
});
