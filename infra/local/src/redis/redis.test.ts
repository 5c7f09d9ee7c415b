import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isAlive, type ProcessIdentity, readProcess, sendSignal } from '../crash-recovery/process-table.ts';
import { findProgram } from '../find-program.ts';
import { openRedis, startLocalRedis } from './redis.ts';

const program = findProgram(['redis-server', 'valkey-server']) ?? '';
const withRedis = test.skipIf(program === '');
const timeout = 30_000;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function start() {
  const folder = newFolder();
  const said: string[] = [];
  const processes: (ProcessIdentity | undefined)[] = [];
  const say = (line: string) => void said.push(line);
  const redis = await startLocalRedis({ program, folder, say, onProcess: (each) => processes.push(each) });
  onTestFinished(() => redis.stop());
  return { redis, folder, said, processes };
}

/** Sends commands to the server of `url` and returns its replies. */
function sendCommands(url: string, ...commands: string[]): Promise<string> {
  const { port, password } = new URL(url);
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  const all = [...(password ? [`AUTH ${password}`] : []), ...commands, 'QUIT'];
  socket.write(`${all.join('\r\n')}\r\n`);
  return text(socket);
}

withRedis(
  'startLocalRedis requires the password, persists nothing, evicts keys and stops',
  { timeout },
  async () => {
    const { redis, folder, said, processes } = await start();
    expect(await sendCommands(redis.url, 'PING')).toBe('+OK\r\n+PONG\r\n+OK\r\n');
    expect(await sendCommands(redis.url.replace(/:[^:@]+@/, ''), 'PING')).toMatch(/^-NOAUTH/);
    const settings = await sendCommands(
      redis.url,
      'CONFIG GET maxmemory-policy',
      'CONFIG GET save',
      'CONFIG GET maxmemory',
    );
    expect(settings).toMatch(/allkeys-lru\r\n.*save\r\n\$0\r\n.*67108864\r\n/s);
    expect(redis.description).not.toContain(new URL(redis.url).password);
    const [identity] = processes;
    expect(identity && readProcess(identity.pid)?.argv.join(' ')).not.toContain(new URL(redis.url).password);

    await sendCommands(redis.url, 'SET a b');
    await redis.stop();
    expect(identity && isAlive(identity)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    expect(said).toEqual([]);
    expect(processes).toEqual([identity, undefined]);
  },
);

withRedis('startLocalRedis restarts a killed server at the same address', { timeout }, async () => {
  const { redis, said, processes } = await start();
  const [first] = processes;
  if (first) sendSignal(first, 'SIGKILL');
  await vi.waitFor(() => expect(processes).toHaveLength(3), 5_000);
  expect(said).toEqual(['Redis has ended by itself; starting it again in 0.5 s']);
  expect(await sendCommands(redis.url, 'PING')).toContain('+PONG');
});

withRedis('stop also ends a server that is being restarted', { timeout }, async () => {
  const { redis, processes } = await start();
  const [first] = processes;
  if (first) sendSignal(first, 'SIGKILL');
  await vi.waitFor(() => expect(processes).toHaveLength(2));
  await redis.stop();
  expect(processes.filter((each) => each && isAlive(each))).toEqual([]);
});

withRedis('startLocalRedis leaves no server when its process is killed', { timeout }, async () => {
  const module = pathToFileURL(join(import.meta.dirname, 'redis.ts')).href;
  const script = `
    const { startLocalRedis } = await import(${JSON.stringify(module)});
    await startLocalRedis({
      ...${JSON.stringify({ program, folder: newFolder() })},
      say() {},
      onProcess: ({ pid }) => console.log(pid),
    });`;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(await new Promise((resolve) => launcher.stdout.once('data', resolve)));
  expect(readProcess(pid)).toBeDefined();
  launcher.kill('SIGKILL');
  await vi.waitFor(() => expect(readProcess(pid)).toBeUndefined(), 5_000);
});

test('startLocalRedis rejects with the output of a program that does not start', { timeout }, async () => {
  const options = { folder: newFolder(), say() {} };
  const cat = findProgram(['cat']) ?? '';
  await expect(startLocalRedis({ ...options, program: cat })).rejects.toThrow(
    /cat did not start:\n(.*\n)*.*allkeys-lru/,
  );
  await expect(startLocalRedis({ ...options, program: '/nowhere/redis-server' })).rejects.toThrow(/ENOENT/);
});

test('openRedis returns REDIS_URL and describes it without its password', async () => {
  const url = 'redis://:canary@redis.example.com:6379/0';
  const redis = await openRedis(url, { folder: '/nowhere', say() {} });
  expect(redis).toMatchObject({ url, description: 'redis://:***@redis.example.com:6379/0' });
});
