import { readEnv, sharedEnv, wholeNumber } from '@incidents/process/read-env';
import * as z from 'zod';

const Env = z.object({
  ...sharedEnv,
  /** Jobs that run at the same time. They wait for networks, so far more than there are cores. */
  WORKER_CONCURRENCY: wholeNumber({ minimum: 1, maximum: 1000, fallback: 50 }),
  /** Most connections to PostgreSQL; jobs share them. One is always taken by the queue's LISTEN. */
  DATABASE_POOL_SIZE: wholeNumber({ minimum: 2, maximum: 500, fallback: 20 }),
});

/**
 * The environment, read once.
 * @throws BadConfig naming every variable that is missing or wrong
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(Env, env);
  return Object.freeze({
    database: Object.freeze({ url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE }),
    concurrency: values.WORKER_CONCURRENCY,
    locale: values.LOCALE,
    logLevel: values.LOG_LEVEL,
    /** Milliseconds. */
    shutdownTimeout: values.SHUTDOWN_TIMEOUT * 1000,
  });
}
