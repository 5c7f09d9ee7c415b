import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { prepareService, type Service } from '@incidents/testing/processes/prepare-service';
import { type OwnPostgres, startOwnPostgres } from '../postgres/own-postgres.ts';
import { startBotApi, startMailServer } from './recipients.ts';

export interface StackOptions {
  apis?: number;
  workers?: number;
  shared?: Record<string, string>;
  /** Variables of one service by its name: `worker 2`. */
  env?: Record<string, Record<string, string>>;
  /** File descriptors of logs that are not read here, by service. */
  stdout?: Record<string, number>;
  /** The data folder of PostgreSQL; temporary unless given. */
  folder?: string;
  settings?: Record<string, string>;
  postgres?: OwnPostgres;
  postgresEnv?: Record<string, string>;
}

export interface Stack {
  /** Of the scenario. */
  cleanup: Cleanup;
  postgres: OwnPostgres;
  mail: Awaited<ReturnType<typeof startMailServer>>;
  bot: Awaited<ReturnType<typeof startBotApi>>;
  apis: Service[];
  workers: Service[];
}

/** Without digests each message is one arrival. */
const EVERY_MESSAGE_ALONE = { STORM_THRESHOLD: '1000000' };

/** All requests come from one address. */
const NO_LIMITS = { RATE_LIMIT_READS: '0', RATE_LIMIT_WRITES: '0' };

export async function prepareStack(cleanup: Cleanup, options: StackOptions = {}): Promise<Stack> {
  const postgres =
    options.postgres ??
    (await startOwnPostgres(cleanup, options.settings, options.folder, options.postgresEnv));
  const [mail, bot] = await Promise.all([startMailServer(cleanup), startBotApi(cleanup)]);
  const shared = {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    ...options.shared,
  };
  const prepare = (app: 'api' | 'worker', count: number, env: Record<string, string>) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => {
        const name = `${app} ${index + 1}`;
        const variables = { ...shared, ...env, ...options.env?.[name] };
        return prepareService(cleanup, app, name, variables, options.stdout?.[name]);
      }),
    );
  return {
    cleanup,
    postgres,
    mail,
    bot,
    apis: await prepare('api', options.apis ?? 1, NO_LIMITS),
    workers: await prepare('worker', options.workers ?? 1, {
      ...mail.env,
      ...bot.env,
      ...EVERY_MESSAGE_ALONE,
    }),
  };
}

export async function startStack(cleanup: Cleanup, options: StackOptions = {}): Promise<Stack> {
  const stack = await prepareStack(cleanup, options);
  await Promise.all([...stack.apis, ...stack.workers].map((service) => service.start()));
  return stack;
}
