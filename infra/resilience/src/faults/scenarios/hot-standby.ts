import { setTimeout as sleep } from 'node:timers/promises';
import { NotReadyProblem } from '@incidents/contracts';
import type { Service } from '@incidents/testing/processes/prepare-service';
import { waitUntil } from '@incidents/testing/wait-until';
import { checkInvariants } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';

const WAITING = 'the database takes no writes: waiting until it does';
const GOING_ON = 'the database takes writes again';
const LOGGED_WITHIN_MS = 30_000;

/** During a failover the old name leads to a hot standby, for running services and for those that start. */
export const hotStandby: Scenario = {
  name: 'hot-standby',
  fault: 'PostgreSQL is a hot standby, for workers at work and for those that start; then promoted',
  target:
    '0 lost; no process death; reads 200, writes 503, `/readyz` red; waiting logged once; work resumes ≤ 10 s',
  inShortForm: false,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup, { apis: 2, workers: 2, shared: { LOG_LEVEL: 'info' } });
    const { postgres, apis, workers } = stack;
    const [api, secondApi] = apis;
    const [worker, secondWorker] = workers;
    if (!api || !secondApi || !worker || !secondWorker) throw new Error('a service is missing');
    const reporting = startReporting({ ...stack, apis: [api] });
    await sleep(2_000);
    await Promise.all([secondApi.stop(), secondWorker.stop()]);

    await postgres.becomeStandby();
    const standbyAt = Date.now();
    say('a standby');
    await secondApi.start();
    secondWorker.start().catch(() => {});
    const countLines = ({ log }: Service, msg: string) => log.filter((line) => line.msg === msg).length;
    await Promise.all(
      workers.map((service) => waitUntil(() => countLines(service, WAITING) > 0, LOGGED_WITHIN_MS)),
    );
    // A worker that starts a runner on a standby ends within 8 s.
    await sleep(long ? 20_000 : 5_000);
    const failures: string[] = [];
    for (const { name, url } of apis) {
      const list = await fetch(`${url}/incidents/?limit=1`);
      if (list.status !== 200) failures.push(`${name}: the list answered ${list.status}`);
      const readiness = await fetch(`${url}/readyz`);
      const body = await readiness.text();
      const checks = NotReadyProblem.safeParse(JSON.parse(body)).data?.checks;
      if (readiness.status !== 503 || checks?.database !== 'ok' || checks.writes !== 'failed')
        failures.push(`${name}: /readyz answered ${readiness.status} ${body}`);
    }
    for (const { name, url } of workers) {
      const status = await fetch(`${url}/readyz`).then(
        (reply) => reply.status,
        (error) => String(error.cause ?? error),
      );
      if (status !== 503) failures.push(`${name}: /readyz answered ${status}`);
    }
    const promotedAt = Date.now();
    await postgres.promote();
    say('promoted');
    await Promise.all(
      workers.map((service) => waitUntil(() => countLines(service, GOING_ON) > 0, LOGGED_WITHIN_MS)),
    );
    await sleep(2_000);

    const result = await checkInvariants(stack, reporting, {
      unavailable: true,
      recovery: recoveryLimitMs(long),
      duplicates: Number.POSITIVE_INFINITY,
      recoverFrom: [promotedAt],
    });
    for (const service of workers) {
      const times = [WAITING, GOING_ON].map((msg) => countLines(service, msg));
      result.figures.push(`${service.name} logged the wait ${times[0]} times, its end ${times[1]} times`);
      if (times.some((count) => count !== 1)) failures.push(`${service.name} did not log it once`);
    }
    const during = reporting.attempts.filter(({ sentAt }) => sentAt > standbyAt && sentAt < promotedAt);
    const other = during.filter(({ answer }) => answer.kind !== 'refused' || answer.status !== 503);
    if (other.length > 0) failures.push(`${other.length} creates were not answered with 503`);
    result.figures.unshift(`on the standby: ${during.length} creates, ${during.length - other.length} × 503`);
    result.failures.push(...failures);
    return result;
  },
};
