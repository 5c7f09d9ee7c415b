import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity, sendSignal } from './crash-recovery/process-table.ts';
import { findProgram } from './find-program.ts';
import { type Clone, cloneCheckout, exitCode, type Run } from './smoke/clone.ts';
import {
  checkPrintedCommand,
  checkRequests,
  checkStatistics,
  hasIncident,
  medianPostMs,
} from './smoke/requests.ts';
import { waitUntil } from './smoke/wait-until.ts';

/** The first start downloads all packages. */
const FIRST_START_LIMIT_MS = 300_000;
const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 10_000;
const JOBS = ['send_email_notification', 'send_telegram_notification', 'update_incident_statistics'];

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Runs a check and prints its result, with the text that it returns or its duration. */
async function check(what: string, work: () => unknown): Promise<void> {
  const startedAt = Date.now();
  try {
    const result = await work();
    console.log(`ok    ${what} (${typeof result === 'string' ? result : seconds(Date.now() - startedAt)})`);
  } catch (error) {
    console.log(`FAIL  ${what}\n${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

function kill(process: ProcessIdentity | undefined) {
  assert.ok(process && isAlive(process));
  sendSignal(process, 'SIGKILL');
}

async function smoke(clone: Clone): Promise<void> {
  const { url } = clone;
  let run: Run;
  let incident = 0;
  const hasRedis = findProgram(['redis-server', 'valkey-server']) !== undefined;
  const endsBy = async (end: (run: Run) => void) => {
    const { redis } = clone.instance().children;
    assert.equal(redis !== undefined && isAlive(redis), hasRedis, 'a Redis of its own');
    end(run);
    const ms = await clone.ended(END_LIMIT_MS);
    assert.ok(!redis || !isAlive(redis), 'its Redis is left');
    return `all gone after ${seconds(ms)}`;
  };

  const startAgain = async () => {
    run = await clone.start(START_LIMIT_MS);
  };

  await check('pnpm stop in a clone that was never started installs nothing', async () => {
    const stop = clone.run('stop');
    assert.equal(await exitCode(stop), 0);
    assert.match(stop.output(), /Nothing is running/);
    assert.ok(!existsSync(join(clone.folder, 'node_modules')));
  });
  await check('a fresh clone starts with one command', async () => {
    run = await clone.start(FIRST_START_LIMIT_MS);
  });
  await check('the requests of the legacy README', async () => {
    incident = await checkRequests(url);
  });
  await check('the curl command that it prints', () => checkPrintedCommand(run.output()));
  await check('the DATABASE_URL that it prints, for incidents and psql', () => {
    const [, url = ''] = /DATABASE_URL=(\S+) npx pnpm@12 incidents notify-test/.exec(run.output()) ?? [];
    assert.match(
      clone.execute('npx', ['pnpm@12', 'incidents', 'notify-test'], { DATABASE_URL: url }),
      /\tok\t/,
    );
    const psql = findProgram(['psql']);
    if (psql) assert.match(clone.execute(psql, [url, '-c', 'select count(*) from incidents']), /\d/);
  });
  await check('the worker has done the three jobs', () =>
    waitUntil(
      `the jobs of incident ${incident}`,
      15_000,
      () =>
        JOBS.every((job) =>
          new RegExp(`job done .*task=${job} .*incident_id=${incident}\\b`).test(run.output()),
        ),
      () => run.output().slice(-4_000),
    ),
  );
  await check('the statistics count it', () => checkStatistics(url));
  await check(
    'a report is answered at once',
    async () => `median ${(await medianPostMs(url, 20)).toFixed(1)} ms`,
  );
  await check('a killed API comes back', async () => {
    const { children } = clone.instance();
    kill(children.api);
    await waitUntil('the API is ready again', 10_000, () => run.output().includes('api is ready again'));
    assert.ok(await hasIncident(url, incident));
  });
  if (hasRedis) {
    await check('a killed Redis comes back, and the service does without meanwhile', async () => {
      const { redis } = clone.instance().children;
      kill(redis);
      assert.ok(await hasIncident(url, incident));
      await waitUntil('another Redis runs', 10_000, () => {
        const another = clone.instance().children.redis;
        return another !== undefined && another.pid !== redis?.pid && isAlive(another);
      });
      assert.ok(await hasIncident(url, incident));
    });
  } else {
    await check('without a Redis it says so', () =>
      assert.match(run.output(), /Redis +none \(limits per process\)/),
    );
  }
  await check('SIGTERM to the process group', () => endsBy(({ pid }) => process.kill(-pid, 'SIGTERM')));

  await check('it starts again', startAgain);
  await check('SIGTERM to npx alone', () => endsBy(({ pid }) => process.kill(pid, 'SIGTERM')));

  await check('it starts again', startAgain);
  await check('SIGINT to the process group', () => endsBy(({ pid }) => process.kill(-pid, 'SIGINT')));

  await check('it starts again', startAgain);
  await check('SIGKILL to the launcher alone', () => endsBy(() => kill(clone.instance())));

  await check('it starts again', startAgain);
  await check('after a kill -9 of everything it starts with its data', async () => {
    await clone.killEverything();
    run = await clone.start(START_LIMIT_MS);
    assert.ok(await hasIncident(url, incident));
  });
  await check('a second start says that one runs', async () => {
    const second = clone.run('start');
    assert.equal(await exitCode(second), 1);
    assert.match(second.output(), /already running here, as process \d+/);
    assert.doesNotMatch(second.output(), /^\s+at /m);
  });
  await check('pnpm stop', () =>
    endsBy(() => {
      clone.run('stop');
    }),
  );
  await check('pnpm stop when nothing runs', async () => {
    const stop = clone.run('stop');
    assert.equal(await exitCode(stop), 0);
    assert.match(stop.output(), /Nothing is running/);
  });
  await check('.env, with keys: the curl command that it prints', async () => {
    const envFile = join(clone.folder, '.env');
    writeFileSync(envFile, 'AUTH=keys\nTELEGRAM_CHAT_ID=12345\n');
    await startAgain();
    assert.match(run.output(), /TELEGRAM_CHAT_ID is no variable .* TELEGRAM_CHAT_IDS\?/);
    checkPrintedCommand(run.output());
    rmSync(envFile);
    return endsBy(({ pid }) => process.kill(-pid, 'SIGTERM'));
  });
  await check('a taken port is one line', async () => {
    const server = createServer().listen(clone.port, '127.0.0.1');
    await once(server, 'listening');
    try {
      const blocked = clone.run('start');
      assert.equal(await exitCode(blocked), 1);
      assert.match(blocked.output(), new RegExp(`^port ${clone.port} on 127.0.0.1 is taken`, 'm'));
      assert.doesNotMatch(blocked.output(), /^\s+at /m);
      await clone.ended(END_LIMIT_MS);
    } finally {
      server.close();
    }
  });
}

const startedAt = Date.now();
const clone = await cloneCheckout();
let failed = false;
const clean = () => clone.remove().catch((error: unknown) => console.log(`not cleaned up: ${error}`));
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => void clean().then(() => process.exit(1)));
}
try {
  await smoke(clone);
} catch {
  failed = true;
} finally {
  await clean();
}
console.log(failed ? 'The smoke test has failed.' : `All well, after ${seconds(Date.now() - startedAt)}.`);
process.exit(failed ? 1 : 0);
