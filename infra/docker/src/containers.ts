import { join } from 'node:path';
import { root } from '@incidents/local/paths';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { checks, type Outcome } from './containers/checks.ts';
import { type Engine, findDocker } from './containers/engine.ts';
import { findPodmanObstacle, startPodman } from './containers/podman-engine.ts';
import { openProject } from './containers/project.ts';
import { runTests } from './containers/run-tests.ts';

// Checks images and docker-compose.yml with Docker, else podman and stand-in images. Exits with 1 when a check fails.
const composeFile = join(root, 'docker-compose.yml');
const START_LIMIT_MS = 120_000;

const controller = new AbortController();
const { signal } = controller;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => controller.abort(new Error(`ended by ${name}`)));
}

const startedAt = performance.now();
const seconds = (ms: number) => `${(ms / 1_000).toFixed(0)} s`;
const printRow = (cells: string[]) => console.log(`| ${cells.join(' | ')} |`);
let failed = false;

/** Runs a check and prints its row of the table; returns whether it is met. */
async function check(what: string, work: () => Promise<Outcome>): Promise<boolean> {
  const checkStartedAt = performance.now();
  const outcome = await work().catch((error: unknown) => ({
    observed: '',
    failures: [error instanceof Error ? error.message : String(error)],
  }));
  const isMet = outcome.failures.length === 0;
  failed ||= !isMet;
  printRow([what, outcome.observed, seconds(performance.now() - checkStartedAt), isMet ? 'met' : 'MISSED']);
  for (const one of outcome.failures) console.log(`FAILED: ${what}: ${one}`);
  return isMet;
}

async function findEngine(): Promise<Engine | string> {
  const docker = await findDocker(composeFile);
  if (docker) return docker;
  const obstacle = findPodmanObstacle();
  return obstacle === undefined ? startPodman(composeFile) : `no Docker answers, and ${obstacle}`;
}

async function run(engine: Engine, name: string): Promise<void> {
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const [port, postgresPort, redisPort] = ports.map(String);
  const env = { PORT: port ?? '', POSTGRES_PORT: postgresPort ?? '', REDIS_PORT: redisPort ?? '' };
  const project = openProject(engine, name, env, signal);
  const started = async () => {
    await project.compose('up', '--detach');
    await project.waitUntilHealthy(['incident_postgres', 'incident_redis', 'api', 'worker'], START_LIMIT_MS);
    return { observed: 'five containers', failures: [] };
  };
  try {
    const isUp =
      (await check('base images', async () => ({
        observed: await engine.prepareImages(signal),
        failures: [],
      }))) &&
      (await check('the Dockerfile makes both images', async () => {
        await project.compose('build');
        return { observed: 'api, worker', failures: [] };
      })) &&
      (await check('everything starts and is healthy', started));
    if (!isUp) return;
    for (const [what, work] of Object.entries(checks(project, Number(port)))) {
      if (signal.aborted) return;
      await check(what, work);
    }
    await check("the tests' own containers", async () => ({
      observed: await runTests(engine, root, signal),
      failures: [],
    }));
  } finally {
    await check('nothing is left', async () => ({
      observed: 'no container, volume, network, image',
      failures: await project.remove(),
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
    await run(engine, `incidents-containers-${process.pid}`);
  } finally {
    await check('the machine is as before', async () => ({
      observed: 'processes, mounts, network, files',
      failures: await engine.close(),
    }));
  }
  console.log(`\n${failed ? 'Missed' : 'All met'}, after ${seconds(performance.now() - startedAt)}.`);
}
process.exit(signal.aborted ? 130 : failed ? 1 : 0);
