import { readdir, readFile, readlink } from 'node:fs/promises';
import { tryCommand } from './run-command.ts';

/** One line for each thing on this machine that podman may change or that names its folder. */
export async function readHostState(folder: string): Promise<string[]> {
  const [processes, mounts, links, rules, cgroups, temporary] = await Promise.all([
    findProcesses(folder),
    readFile('/proc/mounts', 'utf8'),
    readdir('/sys/class/net'),
    tryCommand(['iptables-save']),
    findCgroups(),
    readdir('/dev/shm'),
  ]);
  return [
    ...processes,
    ...mounts
      .split('\n')
      .filter((line) => line.includes(folder) || line.includes('/run/netns'))
      .map((line) => `mount ${line}`),
    ...links.map((link) => `network device ${link}`),
    ...rules.stdout
      .split('\n')
      .filter((line) => line.includes('NETAVARK'))
      .map((line) => `packet filter ${line.replace(/ \[\d+:\d+\]/, '')}`),
    ...cgroups,
    ...temporary.filter((name) => name.startsWith('libpod')).map((name) => `/dev/shm/${name}`),
    ...(await exists(folder)),
    `net.ipv4.ip_forward ${(await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim()}`,
  ];
}

async function findProcesses(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const root = await readlink(`/proc/${pid}/root`).catch(() => '/');
      return command.includes(folder) || root.startsWith(folder)
        ? [`process ${pid} ${command.replaceAll('\0', ' ').slice(0, 100)}`]
        : [];
    }),
  );
  return found.flat();
}

async function findCgroups(): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const hierarchies = await readdir(root, { withFileTypes: true });
  const places = hierarchies
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      name === 'libpod_parent' ? [`${root}/${name}`] : [`${root}/${name}/libpod_parent`],
    );
  return (await Promise.all(places.map(exists))).flat();
}

const exists = (path: string): Promise<string[]> =>
  readdir(path).then(
    () => [path],
    () => [],
  );
