import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { guardProcess } from '../crash-recovery/process-guard.ts';
import {
  type ProcessIdentity,
  readProcess,
  sendSignal,
  waitForExit,
} from '../crash-recovery/process-table.ts';
import type { RunningServer } from '../keep-running.ts';
import { lastLines } from '../last-lines.ts';

const START_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 1_500;

export interface RedisServerOptions {
  program: string;
  folder: string;
  port: number;
  password: string;
}

export interface RedisServer extends RunningServer {
  identity: ProcessIdentity;
}

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

/** @throws Error with the end of the server's output when it does not answer within 5 s */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const server = spawn(options.program, ['-'], {
    cwd: options.folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = server;
  const identity = pid === undefined ? undefined : readProcess(pid);
  const guard = pid === undefined ? undefined : guardProcess(pid, ['TERM:1', 'KILL:1']);
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = lastLines(output + text);
    });
  }
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true;
      guard?.dismiss();
      resolve();
    };
    server.once('exit', end);
    server.once('error', (error) => {
      output += error.message;
      end();
    });
  });
  server.stdin.on('error', () => {});
  // The password: every user sees command lines.
  server.stdin.end(configuration(options));

  const stop = async () => {
    if (!identity || hasEnded) return;
    sendSignal(identity, 'SIGTERM');
    if (!(await waitForExit([identity], STOP_TIMEOUT_MS))) sendSignal(identity, 'SIGKILL');
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!hasEnded && Date.now() < deadline) {
    if (identity && (await acceptsPassword(options))) return { identity, ended, stop };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await stop();
  throw new Error(`${options.program} did not start:\n${lastLines(output)}`);
}

/** The password also tells it from another server on the port. */
function acceptsPassword({ port, password }: RedisServerOptions): Promise<boolean> {
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
