import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export function sendRedisCommand(url: string, command: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(`${command}\r\nQUIT\r\n`);
  return text(socket);
}
