import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgram } from '@incidents/local/find-program';
import { findFreePort } from '../processes/find-free-port.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by the global setup; each of the two is empty where there is none. */
    testRedis: { url: string; program: string };
  }
}

export interface RedisServer {
  url: string;
  /** Sends SIGSTOP: the system still accepts connections, but Redis does not reply. */
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** Starts an empty server on the same port; resolves when it answers. */
  start(): Promise<void>;
}

export const findRedis = () => findProgram(['redis-server', 'valkey-server']);

/** The shell kills the server when this process has ended. Until then it also reserves the process id. */
const GUARD = `trap '' INT TERM HUP; "$@" > /dev/null 2>&1 & echo $!; read -r _; kill -KILL $!; wait $!`;

/** Starts `program` on a free port, without files. */
export async function startRedisServer(program: string): Promise<RedisServer> {
  const port = await findFreePort();
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', daemonize: 'no' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let guard: ChildProcess | undefined;
  let pid = 0;

  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}/0`,
    freeze: () => void process.kill(pid, 'SIGSTOP'),
    thaw: () => void process.kill(pid, 'SIGCONT'),
    async kill() {
      if (guard === undefined) return;
      const ended = once(guard, 'exit');
      guard.stdin?.end();
      await ended;
      guard = undefined;
    },
    async start() {
      guard = spawn('sh', ['-c', GUARD, 'sh', program, ...args], {
        stdio: ['pipe', 'pipe', 'ignore'],
        // Ctrl+C does not reach it, so tests that are ending still have a Redis.
        detached: true,
      });
      if (guard.stdout === null) throw new Error('the guard has no output');
      const [line] = await once(createInterface(guard.stdout), 'line');
      pid = Number(line);
      guard.unref();
      await waitForAnswer(port);
    },
  };
  await server.start();
  return server;
}

async function waitForAnswer(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await answers(port)) return;
    await wait(25);
  }
  throw new Error(`Redis does not answer on port ${port}`);
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
  });
