import { join } from 'node:path';
import { ConfigError } from '@incidents/runtime/read-env';
import { root } from './paths.ts';

interface Recipient {
  recipient: string;
  sources: string[] | null;
}

/** The API's settings that the launcher shows. */
interface ApiConfig {
  warnings: string[];
  listen: { host: string; port: number };
  /** Undefined: AUTH=off. */
  keys: object | undefined;
}

/** The worker's settings that the launcher shows. */
interface WorkerConfig {
  warnings: string[];
  email: { smtpUrl: string | undefined; to: Recipient[] };
  telegram: { token: string | undefined; chats: Recipient[] };
}

export interface Configuration {
  api: ApiConfig;
  worker: WorkerConfig;
  warnings: string[];
}

/** Stands for the address of the embedded server, which has none yet. */
const EMBEDDED_URL = 'postgresql://127.0.0.1/incidents';

/**
 * Reads the configuration of API and worker with the launcher's defaults: an embedded database and AUTH=off.
 * @throws ConfigError with every mistake of both
 */
export async function readConfiguration(env: NodeJS.ProcessEnv): Promise<Configuration> {
  const given = { ...env, DATABASE_URL: env.DATABASE_URL || EMBEDDED_URL, AUTH: env.AUTH || 'off' };
  const mistakes: string[] = [];

  /** By path: tests of the apps use this package, and packages must not depend on each other in a circle. */
  const read = async <Config>(app: 'api' | 'worker'): Promise<Config | undefined> => {
    const { readConfig } = await import(join(root, 'apps', app, 'src', 'config.ts'));
    try {
      return readConfig(given);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(...error.mistakes);
      return undefined;
    }
  };

  const [api, worker] = [await read<ApiConfig>('api'), await read<WorkerConfig>('worker')];
  if (/^0+$/.test(env.PORT ?? '')) mistakes.push('PORT: start and dev need a port from 1 to 65535');
  if (api === undefined || worker === undefined || mistakes.length > 0) {
    throw new ConfigError([...new Set(mistakes)]);
  }
  return { api, worker, warnings: [...new Set([...api.warnings, ...worker.warnings])] };
}
