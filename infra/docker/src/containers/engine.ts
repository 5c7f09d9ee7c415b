import { runCommand } from './run-command.ts';

/** A container engine with its clients. */
export interface Engine {
  /** Name and version. */
  description: string;
  /** The command of its client, compatible with `docker`. */
  client: string[];
  /** The command of Compose with its files. */
  compose: string[];
  /** The environment of both, without variables of the service. */
  env: NodeJS.ProcessEnv;
  /** Additional variables for Testcontainers. */
  testEnv: NodeJS.ProcessEnv;
  /** Builds base images that cannot be pulled; returns a description. */
  prepareImages(signal: AbortSignal): Promise<string>;
  /** Ends the engine; describes each thing that it left on this machine. */
  close(): Promise<string[]>;
}

const KEPT_VARIABLES = /^(PATH|HOME|TMPDIR|XDG_RUNTIME_DIR|DOCKER_.*|(HTTPS?|NO)_PROXY)$/i;

/** The environment without variables of the service: the checks must not get tokens of this machine. */
export const clientEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.test(name)));

/** Docker with Compose; undefined when one of them does not answer. */
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
