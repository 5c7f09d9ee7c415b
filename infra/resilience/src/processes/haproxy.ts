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
import { startExitGuard } from '@incidents/testing/processes/exit-guard';
import { freePort } from '@incidents/testing/processes/free-port';

/** Milliseconds within which haproxy has to see what has changed. */
const SEES_WITHIN = 20_000;

/** Seconds for which an API has to go on serving after SIGTERM: two failed checks, and half a second more. */
export const SHUTDOWN_DELAY = 2;

/** A running haproxy. */
export interface Haproxy {
  port: number;
  /** Resolves when it sends requests to that server; rejects when it does not within twenty seconds. */
  isUp(server: string): Promise<void>;
}

/** The haproxy of this machine, also where only root has its folder on the PATH. */
export const findHaproxy = (): string | undefined =>
  findProgram(['haproxy'], { folders: ['/usr/sbin', '/usr/local/sbin'] });

/** As in docs/operations.md, and short of nothing that is there. */
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

/**
 * Starts a haproxy on a free port of this machine.
 * @param servers the address of each server, by its name
 * @throws Error with what haproxy says when it does not start
 */
export async function startHaproxy(
  cleanup: Cleanup,
  program: string,
  servers: Record<string, string>,
): Promise<Haproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, 'stats');
  const port = await freePort();
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration(port, socket, servers));

  const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const complaint = text(child.stderr);
  await once(child, 'spawn');
  // It does not notice by itself that nobody needs it any more.
  const guard = startExitGuard('kill "$1"', [String(child.pid)]);
  cleanup.add(() => guard.run());

  const states = async () => {
    const answer = await ask(socket, 'show stat');
    const [names = [], ...rows] = answer
      .replace(/^# /, '')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const [name, status] = [names.indexOf('svname'), names.indexOf('status')];
    return new Map(rows.map((row) => [row[name], row[status]]));
  };
  const isUp = async (server: string) => {
    const until = performance.now() + SEES_WITHIN;
    while (performance.now() < until) {
      if (child.exitCode !== null) throw new Error(`haproxy has ended:\n${await complaint}`);
      // While a check that contradicts it is under way, it says "UP 1/2".
      if ((await states().catch(() => undefined))?.get(server) === 'UP') return;
      await sleep(50);
    }
    throw new Error(`haproxy does not see ${server}`);
  };
  for (const server of Object.keys(servers)) await isUp(server);
  return { port, isUp };
}

/** One command to haproxy's own socket. */
async function ask(socket: string, command: string): Promise<string> {
  const connection = connect(socket);
  connection.end(`${command}\n`);
  return text(connection);
}
