import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@incidents/local/find-program';
import { until } from '@incidents/local/smoke/until';
import { makeStandIns } from '../stand-ins/make-stand-ins.ts';
import { toComposeV1 } from './compose-v1.ts';
import { clientEnvironment, type Engine } from './engine.ts';
import { runHealthChecks } from './health-checks.ts';
import { findTraces } from './podman-traces.ts';
import { runCommand } from './run-command.ts';

const SERVICE = fileURLToPath(new URL('podman-service.sh', import.meta.url));

/** What the engine needs, by the Debian package that has it. */
const NEEDED: Record<string, () => boolean> = {
  podman: () => findProgram(['podman']) !== undefined,
  runc: () => findProgram(['runc'], { folders: ['/usr/sbin'] }) !== undefined,
  netavark: () => isHelper('netavark'),
  'aardvark-dns': () => isHelper('aardvark-dns'),
  catatonit: () => findProgram(['catatonit']) !== undefined,
  iptables: () => findProgram(['iptables'], { folders: ['/usr/sbin'] }) !== undefined,
  'docker-compose': () => findProgram(['docker-compose']) !== undefined,
  mmdebstrap: () => findProgram(['mmdebstrap']) !== undefined,
};

const isHelper = (name: string) =>
  ['/usr/libexec/podman', '/usr/lib/podman', '/usr/local/libexec/podman'].some((folder) =>
    existsSync(join(folder, name)),
  );

/** Why podman cannot be used here; undefined when it can. */
export function whyNoPodman(): string | undefined {
  if (process.platform !== 'linux') return 'podman is used on Linux alone';
  if (process.getuid?.() !== 0) return 'podman wants root here';
  const missing = Object.keys(NEEDED).filter((name) => NEEDED[name]?.() !== true);
  return missing.length === 0 ? undefined : `podman lacks ${missing.join(', ')} (Debian: apt-get install)`;
}

/** Starts podman's service with images, containers and settings in a folder that goes with it. */
export async function startPodman(composeFile: string): Promise<Engine> {
  // Images need gigabytes, and /tmp may be in memory.
  const folder = await mkdtemp('/var/tmp/incidents-containers-');
  const before = new Set(await findTraces(folder));
  before.delete(folder);
  const url = `unix://${join(folder, 'podman.sock')}`;
  const env = { ...clientEnvironment(), ...(await writeSettings(folder)), DOCKER_HOST: url };
  const file = join(folder, 'docker-compose.yml');
  await writeFile(file, toComposeV1(await readFile(composeFile, 'utf8')));
  const variables = join(folder, 'empty.env');
  await writeFile(variables, '');

  // In a session of its own: Ctrl+C must not end it before its containers.
  const service = spawn('sh', [SERVICE, folder], {
    env,
    detached: true,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(service, 'exit');
  const client = ['podman', '--url', url];
  const healthChecks = runHealthChecks(join(folder, 'podman.sock'));
  const close = async () => {
    await healthChecks.stop();
    service.stdin.end();
    await ended;
    // The kernel takes network devices away a moment after their namespace.
    let left: string[] = [];
    await until('traces are gone', 5_000, async () => {
      left = (await findTraces(folder)).filter((trace) => !before.has(trace));
      return left.length === 0;
    }).catch(() => {});
    return left;
  };
  try {
    await until('podman answers', 20_000, () => existsSync(join(folder, 'podman.sock')));
    const version = await runCommand([...client, 'version', '--format', '{{.Server.Version}}'], { env });
    return {
      description: `podman ${version.trim()} with stand-in images`,
      client,
      compose: [
        ...['docker-compose', '--project-directory', join(composeFile, '..')],
        ...['--file', file, '--env-file', variables],
      ],
      env,
      // Its own image, which removes what a killed test run has left, cannot be pulled.
      testEnv: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
      prepareImages: (signal) => makeStandIns(folder, client, { env, signal }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes podman's settings; the variables that lead to them. */
async function writeSettings(folder: string): Promise<Record<string, string>> {
  const settings = {
    CONTAINERS_CONF: `[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${folder}/tmp"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=500:500"]
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
`,
    CONTAINERS_STORAGE_CONF: `[storage]
driver = "overlay"
graphroot = "${folder}/images"
runroot = "${folder}/run"
`,
    CONTAINERS_REGISTRIES_CONF: 'unqualified-search-registries = ["docker.io"]\n',
  };
  for (const [variable, text] of Object.entries(settings)) await writeFile(join(folder, variable), text);
  return {
    ...Object.fromEntries(Object.keys(settings).map((variable) => [variable, join(folder, variable)])),
    // There is no systemd whose timers would run health checks.
    DISABLE_HC_SYSTEMD: 'true',
  };
}
