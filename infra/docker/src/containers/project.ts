import { waitUntil } from '@incidents/local/smoke/wait-until';
import type { Engine } from './engine.ts';
import { runCommand, tryCommand } from './run-command.ts';

export interface Container {
  RestartCount: number;
  State: { Status: string; ExitCode: number; Health?: { Status: string } };
  HostConfig: { Memory: number; PidsLimit: number; Init: boolean; CapDrop: string[] };
  NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[] | null> };
}

/** The services of docker-compose.yml as one Compose project. */
export interface Project {
  compose(...args: string[]): Promise<string>;
  control(command: 'stop' | 'start' | 'restart', service: string): Promise<void>;
  inspect(service: string): Promise<Container>;
  /** Runs a script inside the container and parses the JSON that it prints. */
  evaluate<T>(service: string, script: string): Promise<T>;
  waitUntilHealthy(services: string[], limitMs: number): Promise<void>;
  /** Removes containers, networks, volumes and images; describes those that are left. */
  remove(): Promise<string[]>;
}

export function openProject(
  engine: Engine,
  name: string,
  ports: Record<string, string>,
  signal: AbortSignal,
): Project {
  const env = { ...engine.env, ...ports };
  const composeCommand = [...engine.compose, '--project-name', name];
  const compose = (...args: string[]) => runCommand([...composeCommand, ...args], { env, signal });
  const client = (...args: string[]) => runCommand([...engine.client, ...args], { env, signal });

  const label = `label=com.docker.compose.project=${name}`;
  // A restart keeps the id of a container.
  const ids = new Map<string, string>();
  const idOf = async (service: string): Promise<string> => {
    const known = ids.get(service);
    if (known !== undefined) return known;
    const filters = ['--filter', label, '--filter', `label=com.docker.compose.service=${service}`];
    const id = (await client('ps', '--all', '--quiet', '--no-trunc', ...filters)).trim();
    if (id === '') throw new Error(`there is no container of ${service}`);
    ids.set(service, id);
    return id;
  };
  const inspect = async (service: string): Promise<Container> =>
    JSON.parse(await client('inspect', '--type', 'container', await idOf(service)))[0];

  return {
    compose,
    async control(command, service) {
      await client(command, await idOf(service));
    },
    inspect,
    async evaluate(service, script) {
      return JSON.parse(await client('exec', await idOf(service), 'node', '-e', script));
    },
    async waitUntilHealthy(services, limitMs) {
      for (const service of services) {
        let state = '';
        await waitUntil(
          `${service} is healthy`,
          limitMs,
          async () => {
            const { State } = await inspect(service);
            state = `${State.Status}, ${State.Health?.Status}`;
            return State.Status === 'running' && State.Health?.Status === 'healthy';
          },
          () => state,
        );
      }
    },
    async remove() {
      await tryCommand([...composeCommand, 'down', '--volumes', '--rmi', 'local', '--timeout', '5'], { env });
      const kinds = { container: ['ps', '--all'], volume: ['volume', 'ls'], network: ['network', 'ls'] };
      const left: string[] = [];
      for (const [kind, command] of Object.entries(kinds)) {
        const list = await tryCommand([...engine.client, ...command, '--quiet', '--filter', label], { env });
        for (const id of list.stdout.split('\n').filter((line) => line !== '')) left.push(`${kind} ${id}`);
      }
      const images = await tryCommand([...engine.client, 'image', 'ls', '--format', '{{.Repository}}'], {
        env,
      });
      for (const image of images.stdout.split('\n').filter((line) => line.includes(name)))
        left.push(`image ${image}`);
      return left;
    },
  };
}
