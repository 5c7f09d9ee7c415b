import { runCommand } from './run-command.ts';

export interface Engine {
  description: string;
  /** The command of its client, compatible with `docker`. */
  client: string[];
  compose: string[];
  env: NodeJS.ProcessEnv;
  testEnv: NodeJS.ProcessEnv;
  /** Builds the base images if they cannot be pulled. */
  prepareImages(signal: AbortSignal): Promise<string>;
  /** Describes what the engine leaves on this machine. */
  close(): Promise<string[]>;
}

const KEPT_VARIABLES = /^(PATH|HOME|TMPDIR|XDG_RUNTIME_DIR|DOCKER_.*|(HTTPS?|NO)_PROXY)$/i;

/** Without variables of the service: the checks must not get tokens of this machine. */
export const clientEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.test(name)));

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
