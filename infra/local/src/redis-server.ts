import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { lastLines } from './last-lines.ts';
import { guardProcess } from './process-guard.ts';
import { type ProcessIdentity, readProcess, signal, waitUntilGone } from './process-table.ts';

const startTimeoutMs = 5_000;
const politeMs = 1_500;

export interface RedisServerOptions {
  /** The file of redis-server or valkey-server. */
  program: string;
  /** Where it runs; it writes nothing there. */
  folder: string;
  port: number;
  password: string;
}

/** A running server. */
export interface RedisServer {
  identity: ProcessIdentity;
  /** Resolves when it has ended, asked to or not. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Nothing is kept over its end, and what it holds makes room for what comes. */
const configuration = ({ port, password }: RedisServerOptions): string => `
bind 127.0.0.1
port ${port}
requirepass ${password}
save ""
appendonly no
maxmemory 64mb
maxmemory-policy allkeys-lru
loglevel warning
`;

/**
 * Starts a server on 127.0.0.1 and waits until it answers. It has a session of its own, so that a Ctrl+C does not
 * reach it before its clients have ended; a guard ends it when this process is killed.
 *
 * @throws Error with the last lines of its output when it does not answer within five seconds.
 */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const server = spawn(options.program, ['-'], {
    cwd: options.folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const guard = server.pid === undefined ? undefined : guardProcess(server.pid);
  const identity = server.pid === undefined ? undefined : readProcess(server.pid);
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = lastLines(output + text);
    });
  }
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      guard?.dismiss();
      resolve();
    };
    server.once('exit', end);
    server.once('error', (error) => {
      output += error.message;
      end();
    });
  });
  // By its input, and not on its command line, which everybody may read.
  server.stdin.on('error', () => {});
  server.stdin.end(configuration(options));

  const stop = async () => {
    if (!identity || over) return;
    signal(identity, 'SIGTERM');
    if (!(await waitUntilGone([identity], politeMs))) signal(identity, 'SIGKILL');
    await ended;
  };
  const deadline = Date.now() + startTimeoutMs;
  while (!over && Date.now() < deadline) {
    if (identity && (await answers(options))) return { identity, ended, stop };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await stop();
  throw new Error(`${options.program} did not start:\n${lastLines(output)}`);
}

/** Whether that server, and not another one on its port, accepts the password. */
function answers({ port, password }: RedisServerOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    let reply = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      reply += text;
      if (reply.includes('\n')) socket.destroy();
    });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => {});
    socket.once('connect', () => socket.write(`AUTH ${password}\r\n`));
    socket.once('close', () => resolve(reply.startsWith('+OK')));
  });
}
