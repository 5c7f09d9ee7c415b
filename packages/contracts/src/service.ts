import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { Problem } from './problem.ts';

/** Reply of `GET /`. */
export const ServiceInfo = z
  .object({
    message: z.string().meta({ example: 'Incident Management API' }),
    docs: z.string().meta({ example: '/docs' }),
    version: z.string().meta({ example: '1.0.0' }),
  })
  .meta({ id: 'ServiceInfo' });
export type ServiceInfo = z.infer<typeof ServiceInfo>;

/** Reply of `GET /healthz`. */
export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;

const check = (description: string) =>
  openEnum(['ok', 'failed', 'unknown'], {
    description: `${description} \`unknown\`: an earlier check failed.`,
  });

export const ReadinessChecks = z
  .object({
    process: check('The process is not shutting down.'),
    database: check('PostgreSQL answers.'),
    schema: check('Every migration of this version is applied.'),
    writes: check('PostgreSQL accepts writes: it is no standby, and the role has every privilege.'),
  })
  .meta({ id: 'ReadinessChecks' });
export type ReadinessChecks = z.infer<typeof ReadinessChecks>;

/** 200 of `GET /readyz`. */
export const Readiness = z
  .object({ status: z.literal('ready'), checks: ReadinessChecks })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof Readiness>;

/** 503 of `GET /readyz`. */
export const NotReadyProblem = z
  .object({ ...Problem.shape, checks: ReadinessChecks })
  .meta({ id: 'NotReadyProblem', description: 'The failed checks (RFC 9457).' });
export type NotReadyProblem = z.infer<typeof NotReadyProblem>;
