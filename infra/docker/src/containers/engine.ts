import { runCommand } from './run-command.ts';

/** What runs containers. */
export interface Engine {
  /** Name and version. */
  description: string;
  /** The command line of its client: `docker` or one that takes the same commands. */
  client: string[];
  /** The command line of Compose, its files included. */
  compose: string[];
  /** Environment of both; it holds no variable of the service. */
  env: NodeJS.ProcessEnv;
  /** What Testcontainers needs besides. */
  testEnv: NodeJS.ProcessEnv;
  /** Makes the base images where they cannot be pulled; in words, what was made. */
  prepareImages(signal: AbortSignal): Promise<string>;
  /** Ends it; in words, each thing that is left of it on this machine. */
  close(): Promise<string[]>;
}

const KEPT = /^(PATH|HOME|TMPDIR|XDG_RUNTIME_DIR|DOCKER_.*|(HTTPS?|NO)_PROXY)$/i;

/** The environment without variables of the service: a token of this machine must not reach a trial. */
export const clientEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name)));

/** Docker with Compose and its own images; undefined where it does not answer. */
export async function findDocker(composeFile: string): Promise<Engine | undefined> {
  const env = clientEnvironment();
  const compose = ['docker', 'compose', '--file', composeFile, '--env-file', '/dev/null'];
  try {
    const version = await runCommand(['docker', 'version', '--format', '{{.Server.Version}}'], { env });
    await runCommand([...compose, 'version'], { env });
    return {
      description: `Docker ${version.trim()}`,
      client: ['docker'],
      compose,
      env,
      testEnv: {},
      prepareImages: async () => 'pulled by Docker',
      close: async () => [],
    };
  } catch {
    return undefined;
  }
}
