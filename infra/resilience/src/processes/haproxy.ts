import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@incidents/local/find-program';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { startExitGuard } from '@incidents/testing/processes/start-exit-guard';

/** Time until haproxy notices a change. */
const CHECK_TIMEOUT_MS = 20_000;

/** Seconds of service after SIGTERM: two failed checks, and half a second. */
export const SHUTDOWN_DELAY = 2;

export interface Haproxy {
  port: number;
  /** Resolves when haproxy sends requests to that server; rejects after twenty seconds. */
  isUp(server: string): Promise<void>;
}

/** Looks into the folders of root as well. */
export const findHaproxy = (): string | undefined =>
  findProgram(['haproxy'], { folders: ['/usr/sbin', '/usr/local/sbin'] });

/** The configuration of docs/operations.md. */
const configuration = (port: number, socket: string, servers: Record<string, string>): string => `
global
  stats socket ${socket} mode 600 level user

defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 30s
  retries 2
  option redispatch 1
  option forwardfor

frontend incidents
  bind 127.0.0.1:${port}
  default_backend apis

backend apis
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 500ms fall 2 rise 1
${Object.entries(servers)
  .map(([name, address]) => `  server ${name} ${address}`)
  .join('\n')}
`;

/** @throws Error with haproxy's message when it does not start */
export async function startHaproxy(
  cleanup: Cleanup,
  program: string,
  servers: Record<string, string>,
): Promise<Haproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, 'stats');
  const port = await findFreePort();
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration(port, socket, servers));

  const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const message = text(child.stderr);
  await once(child, 'spawn');
  // Haproxy does not end with its parent.
  const guard = startExitGuard('kill "$1"', [String(child.pid)]);
  cleanup.add(() => guard.run());

  const states = async () => {
    const answer = await sendCommand(socket, 'show stat');
    const [names = [], ...rows] = answer
      .replace(/^# /, '')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const [name, status] = [names.indexOf('svname'), names.indexOf('status')];
    return new Map(rows.map((row) => [row[name], row[status]]));
  };
  const isUp = async (server: string) => {
    const until = performance.now() + CHECK_TIMEOUT_MS;
    while (performance.now() < until) {
      if (child.exitCode !== null) throw new Error(`haproxy has ended:\n${await message}`);
      // During a contradicting check the status is "UP 1/2".
      if ((await states().catch(() => undefined))?.get(server) === 'UP') return;
      await sleep(50);
    }
    throw new Error(`haproxy does not see ${server}`);
  };
  for (const server of Object.keys(servers)) await isUp(server);
  return { port, isUp };
}

async function sendCommand(socket: string, command: string): Promise<string> {
  const connection = connect(socket);
  connection.end(`${command}\n`);
  return text(connection);
}
