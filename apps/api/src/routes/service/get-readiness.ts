import { Readiness, type ReadinessChecks } from '@incidents/contracts';
import { memoizeFor } from '@incidents/core/memoize-for';
import { findWriteObstacle } from '@incidents/db/find-write-obstacle';
import { isSchemaCurrent } from '@incidents/db/is-schema-current';
import { defineRoute } from '../../http/define-route.ts';
import type { Dependencies } from '../../http/dependencies.ts';
import { HttpProblem } from '../../http/problem.ts';
import { jsonReply } from '../../http/reply.ts';

export const getReadinessRoute = defineRoute(
  {
    operationId: 'getReadiness',
    method: 'get',
    path: '/readyz',
    tag: 'service',
    scope: 'public',
    summary: 'Check that requests can be served',
    description:
      'For a readiness probe: send no requests while it fails. It fails from the beginning of a shutdown.',
    input: {},
    replies: { 200: { description: 'The service is ready.', schema: Readiness } },
    problems: ['not_ready'],
  },
  async ({ dependencies }) => {
    const checks = await check(dependencies);
    if (Object.values(checks).some((outcome) => outcome !== 'ok')) {
      throw new HttpProblem('not_ready', { checks }, { 'Retry-After': '1' });
    }
    return jsonReply({ status: 'ready', checks });
  },
);

async function check(dependencies: Dependencies): Promise<ReadinessChecks> {
  return { process: dependencies.isStopping() ? 'failed' : 'ok', ...(await checkDatabase(dependencies)) };
}

/** Shared for half a second, as the endpoint needs no key. */
const checkDatabase = memoizeFor(
  500,
  async ({ db, logger }: Dependencies): Promise<Omit<ReadinessChecks, 'process'>> => {
    try {
      const obstacle = await findWriteObstacle(db);
      if (obstacle === undefined) {
        const isCurrent = await isSchemaCurrent(db);
        return { database: 'ok', schema: isCurrent ? 'ok' : 'failed', writes: isCurrent ? 'ok' : 'unknown' };
      }
      logger.warn({ reason: obstacle }, 'not ready: the database takes no writes');
      return { database: 'ok', schema: 'unknown', writes: 'failed' };
    } catch (error) {
      logger.warn({ err: error }, 'not ready: the database does not answer');
      return { database: 'failed', schema: 'unknown', writes: 'unknown' };
    }
  },
);
