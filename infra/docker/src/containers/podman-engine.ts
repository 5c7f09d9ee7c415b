import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@incidents/local/find-program';
import { waitUntil } from '@incidents/local/smoke/wait-until';
import { makeStandIns } from '../stand-ins/make-stand-ins.ts';
import { toComposeV1 } from './compose-v1.ts';
import { clientEnvironment, type Engine } from './engine.ts';
import { runHealthChecks } from './health-checks.ts';
import { readHostState } from './host-state.ts';
import { runCommand } from './run-command.ts';

const SERVICE = fileURLToPath(new URL('podman-service.sh', import.meta.url));

const PACKAGES: Record<string, () => boolean> = {
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

export function findPodmanObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'podman is used on Linux alone';
  if (process.getuid?.() !== 0) return 'podman wants root here';
  const missing = Object.keys(PACKAGES).filter((name) => PACKAGES[name]?.() !== true);
  return missing.length === 0 ? undefined : `podman lacks ${missing.join(', ')} (Debian: apt-get install)`;
}

export async function startPodman(composeFile: string): Promise<Engine> {
  // Images need 2 GB, and /tmp may be in memory.
  const folder = await mkdtemp('/var/tmp/incidents-containers-');
  const before = new Set(await readHostState(folder));
  before.delete(folder);
  const url = `unix://${join(folder, 'podman.sock')}`;
  const env = { ...clientEnvironment(), ...(await writeSettings(folder)), DOCKER_HOST: url };
  const file = join(folder, 'docker-compose.yml');
  await writeFile(file, toComposeV1(await readFile(composeFile, 'utf8')));
  const variables = join(folder, 'empty.env');
  await writeFile(variables, '');

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
    // The kernel removes network devices a moment after their namespace.
    let left: string[] = [];
    await waitUntil('podman leaves nothing', 5_000, async () => {
      left = (await readHostState(folder)).filter((line) => !before.has(line));
      return left.length === 0;
    }).catch(() => {});
    return left;
  };
  try {
    await waitUntil('podman answers', 20_000, () => existsSync(join(folder, 'podman.sock')));
    const version = await runCommand([...client, 'version', '--format', '{{.Server.Version}}'], { env });
    return {
      description: `podman ${version.trim()} with stand-in images`,
      client,
      compose: [
        ...['docker-compose', '--project-directory', join(composeFile, '..')],
        ...['--file', file, '--env-file', variables],
      ],
      env,
      // The image of its clean-up container cannot be pulled.
      testEnv: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
      prepareImages: (signal) => makeStandIns(folder, client, { env, signal }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

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
    // Health checks would be timers of systemd.
    DISABLE_HC_SYSTEMD: 'true',
  };
}
