import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@incidents/local/listen-address';
import { checks, type Outcome } from './containers/checks.ts';
import { type Engine, findDocker } from './containers/engine.ts';
import { startPodman, whyNoPodman } from './containers/podman-engine.ts';
import { openProject } from './containers/project.ts';
import { runTests } from './containers/run-tests.ts';

// Builds the images and runs everything of docker-compose.yml: `node infra/docker/src/containers.ts`. With Docker where
// it answers, else with podman and images that stand in for the official ones. Ends with 1 when a check is missed.
const root = fileURLToPath(new URL('../../..', import.meta.url));
const composeFile = join(root, 'docker-compose.yml');
const START_LIMIT_MS = 120_000;

const controller = new AbortController();
const { signal } = controller;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => controller.abort(new Error(`ended by ${name}`)));
}

const began = performance.now();
const seconds = (ms: number) => `${(ms / 1_000).toFixed(0)} s`;
const printRow = (cells: string[]) => console.log(`| ${cells.join(' | ')} |`);
let failed = false;

/** Prints a row of the table; false when something was missed. */
async function check(what: string, work: () => Promise<Outcome>): Promise<boolean> {
  const startedAt = performance.now();
  const outcome = await work().catch((error: unknown) => ({
    seen: '',
    missed: [error instanceof Error ? error.message : String(error)],
  }));
  const isMet = outcome.missed.length === 0;
  failed ||= !isMet;
  printRow([what, outcome.seen, seconds(performance.now() - startedAt), isMet ? 'met' : 'MISSED']);
  for (const one of outcome.missed) console.log(`FAILED: ${what}: ${one}`);
  return isMet;
}

async function findEngine(): Promise<Engine | string> {
  const docker = await findDocker(composeFile);
  if (docker) return docker;
  const why = whyNoPodman();
  return why === undefined ? startPodman(composeFile) : `no Docker answers, and ${why}`;
}

/** Builds, starts and checks; stops at what all the rest needs. */
async function run(engine: Engine, name: string): Promise<void> {
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const [port, postgresPort, redisPort] = ports.map(String);
  const env = { PORT: port ?? '', POSTGRES_PORT: postgresPort ?? '', REDIS_PORT: redisPort ?? '' };
  const project = openProject(engine, name, env, signal);
  const started = async () => {
    await project.compose('up', '--detach');
    await project.waitUntilHealthy(['incident_postgres', 'incident_redis', 'api', 'worker'], START_LIMIT_MS);
    return { seen: 'five containers', missed: [] };
  };
  try {
    const isUp =
      (await check('base images', async () => ({ seen: await engine.prepareImages(signal), missed: [] }))) &&
      (await check('the Dockerfile makes both images', async () => {
        await project.compose('build');
        return { seen: 'api, worker', missed: [] };
      })) &&
      (await check('everything starts and is healthy', started));
    if (!isUp) return;
    for (const [what, work] of Object.entries(checks(project, Number(port)))) {
      if (signal.aborted) return;
      await check(what, work);
    }
    await check("the tests' own containers", async () => ({
      seen: await runTests(engine, root, signal),
      missed: [],
    }));
  } finally {
    await check('nothing is left', async () => ({
      seen: 'no container, volume, network, image',
      missed: await project.remove(),
    }));
  }
}

const engine = await findEngine();
if (typeof engine === 'string') {
  console.log(`not run: ${engine}`);
} else {
  console.log(`${engine.description}\n`);
  printRow(['check', 'seen', 'took', 'verdict']);
  printRow(['---', '---', '---', '---']);
  try {
    await run(engine, `incidents-trial-${process.pid}`);
  } finally {
    await check('the machine is as before', async () => ({
      seen: 'processes, mounts, network, files',
      missed: await engine.close(),
    }));
  }
  console.log(`\n${failed ? 'Missed' : 'All met'}, after ${seconds(performance.now() - began)}.`);
}
process.exit(signal.aborted ? 130 : failed ? 1 : 0);
