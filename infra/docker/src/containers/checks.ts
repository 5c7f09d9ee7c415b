import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { checkRequests } from '@incidents/local/smoke/requests';
import { until } from '@incidents/local/smoke/until';
import { type Inside, KILL_MAIN, LOOK_AROUND } from './inside.ts';
import type { Project } from './project.ts';
import { startReports } from './steady-reports.ts';

/** The default of SHUTDOWN_TIMEOUT, and what the client of the engine takes besides. */
const STOP_LIMIT_MS = 10_000 + 3_000;
/** Generous: what matters is that it recovers by itself, and how soon is in the table. */
const RECOVERY_LIMIT_MS = 180_000;
/** Reports that are taken before anything is disturbed. */
const MIN_CREATED = 5;
const MEBIBYTE = 2 ** 20;

/** What came of a check: what it saw, and what of it must not be. */
export interface Outcome {
  seen: string;
  missed: string[];
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** The checks of a project that has just become healthy, in their order, by what they show. */
export const checks = (project: Project, port: number): Record<string, () => Promise<Outcome>> => {
  const url = `http://127.0.0.1:${port}`;
  return {
    'the migration ran once': () => checkMigration(project),
    'ports are published on 127.0.0.1 alone': () => checkPorts(project, port),
    'the smoke requests': async () => {
      await checkRequests(url);
      return { seen: 'as in the README', missed: [] };
    },
    'user, capabilities, file system': () => checkPrivileges(project),
    'memory and processes are limited': () => checkLimits(project),
    'PostgreSQL restarts': () =>
      disturb(project, url, ['201', '503'], () => project.control('restart', 'incident_postgres')),
    'Redis restarts': () =>
      disturb(project, url, ['201'], () => project.control('restart', 'incident_redis')),
    'the API is killed': () => disturb(project, url, ['201', '503', 'none'], () => killMain(project, 'api')),
    'the worker is killed': () => disturb(project, url, ['201'], () => killMain(project, 'worker')),
    'every job was done': () => checkJobs(url),
    'the API is stopped under load': () => checkStop(project, url, 'api', ['201', 'none']),
    'the worker is stopped under load': () => checkStop(project, url, 'worker', ['201']),
  };
};

async function checkMigration(project: Project): Promise<Outcome> {
  const { State, RestartCount } = await project.inspect('migrate');
  const missed: string[] = [];
  if (State.Status !== 'exited') missed.push(`it is ${State.Status}`);
  if (State.ExitCode !== 0) missed.push(`it ended with ${State.ExitCode}`);
  if (RestartCount !== 0) missed.push(`it was restarted ${RestartCount} times`);
  return { seen: `exit code ${State.ExitCode}, ${RestartCount} restarts`, missed };
}

async function checkPorts(project: Project, port: number): Promise<Outcome> {
  const missed: string[] = [];
  const published: string[] = [];
  for (const service of ['api', 'worker', 'incident_postgres', 'incident_redis']) {
    const { NetworkSettings } = await project.inspect(service);
    for (const bindings of Object.values(NetworkSettings.Ports)) {
      for (const { HostIp, HostPort } of bindings ?? []) {
        published.push(`${HostIp}:${HostPort}`);
        if (HostIp !== '127.0.0.1') missed.push(`${service} is published on ${HostIp}`);
      }
    }
  }
  if (published.length !== 3) missed.push(`${published.length} ports instead of 3: ${published.join(', ')}`);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of others) {
    if (await canConnect(address, port)) missed.push(`it answers on ${address}`);
  }
  return { seen: `${published.length} ports; refused on ${others.length} other addresses`, missed };
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
  const missed: string[] = [];
  for (const service of ['api', 'worker']) {
    const inside = await project.evaluate<Inside>(service, LOOK_AROUND);
    if (inside.uid !== 1000) missed.push(`${service} runs as ${inside.uid}`);
    if (inside.capabilities.some((mask) => !/^0+$/.test(mask)))
      missed.push(`${service} has capabilities: ${inside.capabilities.join(' ')}`);
    if (!inside.noNewPrivileges) missed.push(`${service} may gain privileges`);
    for (const [folder, error] of Object.entries(inside.writes))
      if (error !== 'EROFS') missed.push(`${service} wrote to ${folder}: ${error}`);
    if ((await project.inspect(service)).HostConfig.Init !== true) missed.push(`${service} has no init`);
  }
  return { seen: 'uid 1000, none of the capabilities, no new privileges, EROFS', missed };
}

async function checkLimits(project: Project): Promise<Outcome> {
  const missed: string[] = [];
  const heaps: string[] = [];
  for (const service of ['api', 'worker']) {
    const { memoryLimit, heapLimit } = await project.evaluate<Inside>(service, LOOK_AROUND);
    const { HostConfig } = await project.inspect(service);
    if (memoryLimit !== 512 * MEBIBYTE) missed.push(`${service} sees a limit of ${memoryLimit} bytes`);
    if (HostConfig.Memory !== 512 * MEBIBYTE) missed.push(`${service} has a limit of ${HostConfig.Memory}`);
    if (HostConfig.PidsLimit !== 128) missed.push(`${service} may have ${HostConfig.PidsLimit} processes`);
    // The rest is for buffers, stacks and code.
    if (heapLimit > 0.75 * memoryLimit) missed.push(`${service} has a heap of ${heapLimit} bytes`);
    heaps.push(`${(heapLimit / MEBIBYTE).toFixed(0)} MB`);
  }
  return { seen: `512 MB, of that a heap of ${heaps.join(' and ')}; 128 processes`, missed };
}

/**
 * Reports incidents while `harm` is done, until everything is healthy and takes reports again.
 * @param allowed statuses of the reports' answers
 */
async function disturb(
  project: Project,
  url: string,
  allowed: string[],
  harm: () => Promise<unknown>,
): Promise<Outcome> {
  const reports = startReports(url);
  let recovery: number;
  try {
    await until('reports are taken', RECOVERY_LIMIT_MS, () => reports.created.length >= MIN_CREATED);
    const restarts = await countRestarts(project);
    await harm();
    const harmed = performance.now();
    const before = reports.created.length;
    await until('reports are taken again', RECOVERY_LIMIT_MS, () => reports.created.length > before);
    recovery = performance.now() - harmed;
    await project.waitUntilHealthy(
      ['incident_postgres', 'incident_redis', 'api', 'worker'],
      RECOVERY_LIMIT_MS,
    );
    const after = await countRestarts(project);
    return await judge(`restarts by policy: ${after - restarts}; `);
  } finally {
    await reports.stop();
  }

  async function judge(seen: string): Promise<Outcome> {
    await reports.stop();
    const lost = await countMissing(url, reports.created);
    const others = [...reports.others].map(([status, times]) => `${times} × ${status}`);
    const missed = [...reports.others.keys()].filter((status) => !allowed.includes(status));
    return {
      seen: `${seen}${reports.created.length} created, ${lost} lost, ${others.join(', ') || 'none refused'}; taken again after ${seconds(recovery)}`,
      missed: [
        ...(lost > 0 ? [`${lost} incidents are lost`] : []),
        ...missed.map((status) => `answers: ${status}`),
      ],
    };
  }
}

async function countRestarts(project: Project): Promise<number> {
  const containers = await Promise.all(['api', 'worker'].map((service) => project.inspect(service)));
  return containers.reduce((sum, { RestartCount }) => sum + RestartCount, 0);
}

/** Kills the process of a service; resolves when its container was restarted. */
async function killMain(project: Project, service: string): Promise<void> {
  const { RestartCount } = await project.inspect(service);
  // The command often ends with its container.
  await project.evaluate(service, KILL_MAIN).catch(() => {});
  await until(
    `${service} is restarted`,
    RECOVERY_LIMIT_MS,
    async () => (await project.inspect(service)).RestartCount === RestartCount + 1,
  );
}

/** How many of these incidents the API does not return. */
async function countMissing(url: string, ids: number[]): Promise<number> {
  const stored = new Set((await listIncidents(url)).map(({ id }) => id));
  return ids.filter((id) => !stored.has(id)).length;
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
  await until(
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
  return { seen: `${length} incidents, all counted`, missed: failed === 0 ? [] : [`${failed} jobs failed`] };
}

/** Stops a service while incidents are reported, and starts it again. */
async function checkStop(
  project: Project,
  url: string,
  service: string,
  allowed: string[],
): Promise<Outcome> {
  const reports = startReports(url);
  const missed: string[] = [];
  let took: number;
  let exitCode: number;
  try {
    await until('reports are taken', RECOVERY_LIMIT_MS, () => reports.created.length >= MIN_CREATED);
    const began = performance.now();
    await project.control('stop', service);
    took = performance.now() - began;
    exitCode = (await project.inspect(service)).State.ExitCode;
    if (exitCode !== 0) missed.push(`it ended with ${exitCode}`);
    if (took > STOP_LIMIT_MS) missed.push(`it took ${seconds(took)}`);
  } finally {
    await reports.stop();
  }
  await project.control('start', service);
  await project.waitUntilHealthy([service], RECOVERY_LIMIT_MS);
  const lost = await countMissing(url, reports.created);
  if (lost > 0) missed.push(`${lost} incidents are lost`);
  for (const status of reports.others.keys())
    if (!allowed.includes(status)) missed.push(`answers: ${status}`);
  return {
    seen: `exit code ${exitCode} after ${seconds(took)}; ${reports.created.length} created, ${lost} lost`,
    missed,
  };
}
