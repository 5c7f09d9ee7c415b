import { readEnv, sharedEnv, wholeNumber } from '@incidents/process/read-env';
import * as z from 'zod';

const Env = z.object({
  ...sharedEnv,
  /** Address to listen on. */
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber({ minimum: 0, maximum: 65_535, fallback: 8000 }),
  /** Most connections to PostgreSQL. */
  DATABASE_POOL_SIZE: wholeNumber({ minimum: 1, maximum: 500, fallback: 20 }),
});

/**
 * The environment, read once.
 * @throws BadConfig naming every variable that is missing or wrong
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(Env, env);
  return Object.freeze({
    database: Object.freeze({ url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE }),
    listen: Object.freeze({ host: values.HOST, port: values.PORT }),
    locale: values.LOCALE,
    logLevel: values.LOG_LEVEL,
    /** Milliseconds. */
    shutdownTimeout: values.SHUTDOWN_TIMEOUT * 1000,
  });
}
