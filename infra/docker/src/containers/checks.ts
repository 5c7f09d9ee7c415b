import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { checkRequests } from '@incidents/local/smoke/requests';
import { waitUntil } from '@incidents/local/smoke/wait-until';
import { type Load, startLoad } from './load.ts';
import { INSPECT_MAIN_PROCESS, KILL_MAIN_PROCESS, type MainProcess } from './main-process.ts';
import type { Project } from './project.ts';

/** The default of SHUTDOWN_TIMEOUT and 3 s for the engine's client. */
const STOP_LIMIT_MS = 10_000 + 3_000;
/** The check is whether it recovers by itself; the table shows when. */
const RECOVERY_LIMIT_MS = 180_000;
const MIN_CREATED = 5;
const MEBIBYTE = 2 ** 20;

/** A check without failures is met. */
export interface Outcome {
  observed: string;
  failures: string[];
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

export const checks = (project: Project, port: number): Record<string, () => Promise<Outcome>> => {
  const url = `http://127.0.0.1:${port}`;
  return {
    'the migration ran once': () => checkMigration(project),
    'ports are published on 127.0.0.1 alone': () => checkPorts(project, port),
    'the smoke requests': async () => {
      await checkRequests(url);
      return { observed: 'as in the README', failures: [] };
    },
    'user, capabilities, file system': () => checkPrivileges(project),
    'memory and processes are limited': () => checkLimits(project),
    'PostgreSQL restarts': () =>
      checkFault(project, url, ['201', '503'], () => project.control('restart', 'incident_postgres')),
    'Redis restarts': () =>
      checkFault(project, url, ['201'], () => project.control('restart', 'incident_redis')),
    'the API is killed': () =>
      checkFault(project, url, ['201', '503', 'none'], () => killMain(project, 'api')),
    'the worker is killed': () => checkFault(project, url, ['201'], () => killMain(project, 'worker')),
    'every job was done': () => checkJobs(url),
    'the API is stopped under load': () => checkStop(project, url, 'api', ['201', 'none']),
    'the worker is stopped under load': () => checkStop(project, url, 'worker', ['201']),
  };
};

async function checkMigration(project: Project): Promise<Outcome> {
  const { State, RestartCount } = await project.inspect('migrate');
  const failures: string[] = [];
  if (State.Status !== 'exited') failures.push(`it is ${State.Status}`);
  if (State.ExitCode !== 0) failures.push(`it ended with ${State.ExitCode}`);
  if (RestartCount !== 0) failures.push(`it was restarted ${RestartCount} times`);
  return { observed: `exit code ${State.ExitCode}, ${RestartCount} restarts`, failures };
}

async function checkPorts(project: Project, port: number): Promise<Outcome> {
  const failures: string[] = [];
  const published: string[] = [];
  for (const service of ['api', 'worker', 'incident_postgres', 'incident_redis']) {
    const { NetworkSettings } = await project.inspect(service);
    for (const bindings of Object.values(NetworkSettings.Ports)) {
      for (const { HostIp, HostPort } of bindings ?? []) {
        published.push(`${HostIp}:${HostPort}`);
        if (HostIp !== '127.0.0.1') failures.push(`${service} is published on ${HostIp}`);
      }
    }
  }
  if (published.length !== 3)
    failures.push(`${published.length} ports instead of 3: ${published.join(', ')}`);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of others) {
    if (await canConnect(address, port)) failures.push(`it answers on ${address}`);
  }
  return { observed: `${published.length} ports; refused on ${others.length} other addresses`, failures };
}

const canConnect = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 }, () => end(true));
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('error', () => end(false)).once('timeout', () => end(false));
  });

async function checkPrivileges(project: Project): Promise<Outcome> {
  const failures: string[] = [];
  for (const service of ['api', 'worker']) {
    const main = await project.evaluate<MainProcess>(service, INSPECT_MAIN_PROCESS);
    if (main.uid !== 1000) failures.push(`${service} runs as ${main.uid}`);
    if (main.capabilities.some((mask) => !/^0+$/.test(mask)))
      failures.push(`${service} has capabilities: ${main.capabilities.join(' ')}`);
    if (!main.noNewPrivileges) failures.push(`${service} may gain privileges`);
    for (const [folder, error] of Object.entries(main.writes))
      if (error !== 'EROFS') failures.push(`${service} wrote to ${folder}: ${error}`);
    if ((await project.inspect(service)).HostConfig.Init !== true) failures.push(`${service} has no init`);
  }
  return { observed: 'uid 1000, none of the capabilities, no new privileges, EROFS', failures };
}

async function checkLimits(project: Project): Promise<Outcome> {
  const failures: string[] = [];
  const heaps: string[] = [];
  for (const service of ['api', 'worker']) {
    const { memoryLimitBytes, heapLimitBytes } = await project.evaluate<MainProcess>(
      service,
      INSPECT_MAIN_PROCESS,
    );
    const { HostConfig } = await project.inspect(service);
    if (memoryLimitBytes !== 512 * MEBIBYTE)
      failures.push(`${service} sees a limit of ${memoryLimitBytes} bytes`);
    if (HostConfig.Memory !== 512 * MEBIBYTE) failures.push(`${service} has a limit of ${HostConfig.Memory}`);
    if (HostConfig.PidsLimit !== 128) failures.push(`${service} may have ${HostConfig.PidsLimit} processes`);
    if (heapLimitBytes > 0.75 * memoryLimitBytes)
      failures.push(`${service} has a heap of ${heapLimitBytes} bytes`);
    heaps.push(`${(heapLimitBytes / MEBIBYTE).toFixed(0)} MB`);
  }
  return { observed: `512 MB, of that a heap of ${heaps.join(' and ')}; 128 processes`, failures };
}

/** Creates incidents during a fault and until all services are healthy; `allowed` are statuses of replies. */
async function checkFault(
  project: Project,
  url: string,
  allowed: string[],
  fault: () => Promise<unknown>,
): Promise<Outcome> {
  const load = startLoad(url);
  let recoveryMs: number;
  let restarts: number;
  try {
    await waitForIncidents(load, MIN_CREATED);
    const restartsBefore = await countRestarts(project);
    await fault();
    const faultAt = performance.now();
    await waitForIncidents(load, load.created.length + 1);
    recoveryMs = performance.now() - faultAt;
    await project.waitUntilHealthy(
      ['incident_postgres', 'incident_redis', 'api', 'worker'],
      RECOVERY_LIMIT_MS,
    );
    restarts = (await countRestarts(project)) - restartsBefore;
  } finally {
    await load.stop();
  }
  const { lost, failures } = await verifyLoad(url, load, allowed);
  const others = [...load.others].map(([status, times]) => `${times} × ${status}`).join(', ');
  return {
    observed: `restarts by policy: ${restarts}; ${load.created.length} created, ${lost} lost, ${others || 'none refused'}; taken again after ${seconds(recoveryMs)}`,
    failures,
  };
}

const waitForIncidents = (load: Load, count: number) =>
  waitUntil(`${count} incidents are created`, RECOVERY_LIMIT_MS, () => load.created.length >= count);

async function verifyLoad(url: string, load: Load, allowed: string[]) {
  const stored = new Set((await listIncidents(url)).map(({ id }) => id));
  const lost = load.created.filter((id) => !stored.has(id)).length;
  const unexpected = [...load.others.keys()].filter((status) => !allowed.includes(status));
  const failures = unexpected.map((status) => `answers: ${status}`);
  if (lost > 0) failures.unshift(`${lost} incidents are lost`);
  return { lost, failures };
}

async function countRestarts(project: Project): Promise<number> {
  const containers = await Promise.all(['api', 'worker'].map((service) => project.inspect(service)));
  return containers.reduce((sum, { RestartCount }) => sum + RestartCount, 0);
}

async function killMain(project: Project, service: string): Promise<void> {
  const { RestartCount } = await project.inspect(service);
  // The container's end often ends this command too.
  await project.evaluate(service, KILL_MAIN_PROCESS).catch(() => {});
  await waitUntil(
    `${service} is restarted`,
    RECOVERY_LIMIT_MS,
    async () => (await project.inspect(service)).RestartCount === RestartCount + 1,
  );
}

async function listIncidents(url: string): Promise<{ id: number }[]> {
  const reply = await fetch(`${url}/incidents/?limit=10000`);
  if (reply.status !== 200) throw new Error(`the list is answered with ${reply.status}`);
  return (await reply.json()) as { id: number }[];
}

async function checkJobs(url: string): Promise<Outcome> {
  const { length } = await listIncidents(url);
  let counted = 0;
  let failed = 0;
  await waitUntil(
    'the statistics count every incident, no job waits',
    RECOVERY_LIMIT_MS,
    async () => {
      counted = ((await (await fetch(`${url}/statistics`)).json()) as { total: number }).total;
      const queue = (await (await fetch(`${url}/queue`)).json()) as Record<
        'waiting' | 'failed',
        { jobs: number }
      >;
      failed = queue.failed.jobs;
      return counted === length && queue.waiting.jobs === 0;
    },
    () => `${counted} of ${length} are counted`,
  );
  return {
    observed: `${length} incidents, all counted`,
    failures: failed === 0 ? [] : [`${failed} jobs failed`],
  };
}

async function checkStop(
  project: Project,
  url: string,
  service: string,
  allowed: string[],
): Promise<Outcome> {
  const load = startLoad(url);
  let tookMs: number;
  try {
    await waitForIncidents(load, MIN_CREATED);
    const startedAt = performance.now();
    await project.control('stop', service);
    tookMs = performance.now() - startedAt;
  } finally {
    await load.stop();
  }
  const { ExitCode } = (await project.inspect(service)).State;
  await project.control('start', service);
  await project.waitUntilHealthy([service], RECOVERY_LIMIT_MS);
  const { lost, failures } = await verifyLoad(url, load, allowed);
  if (ExitCode !== 0) failures.push(`it ended with ${ExitCode}`);
  if (tookMs > STOP_LIMIT_MS) failures.push(`it took ${seconds(tookMs)}`);
  return {
    observed: `exit code ${ExitCode} after ${seconds(tookMs)}; ${load.created.length} created, ${lost} lost`,
    failures,
  };
}
