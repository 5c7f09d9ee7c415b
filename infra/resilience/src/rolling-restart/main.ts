import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { quantile } from '@incidents/testing/quantile';
import { formatTimes } from '../load/format-times.ts';
import { startMixedLoad } from '../load/mixed-load.ts';
import { startOwnPostgres } from '../postgres/own-postgres.ts';
import { findHaproxy, SHUTDOWN_DELAY, startHaproxy } from '../processes/haproxy.ts';

// Replaces two built APIs behind a haproxy under load, one after the other, again and again. No request may fail.
const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    'per-second': { type: 'string', default: '100' },
  },
});
const rounds = Number(values.rounds ?? (values.long ? 20 : 4));
const perSecond = Number(values['per-second']);

await runScenario(async (cleanup) => {
  const program = findHaproxy();
  if (program === undefined) {
    return ['haproxy is not installed (Debian, Ubuntu: apt install haproxy; macOS: brew install haproxy)'];
  }
  const postgres = await startOwnPostgres(cleanup);
  const key = randomBytes(32).toString('base64url');
  const env = {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'warn',
    SHUTDOWN_DELAY: String(SHUTDOWN_DELAY),
    ADMIN_API_KEY: key,
    TRUSTED_PROXY_HOPS: '1',
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
  };
  const apis = await Promise.all(['api-1', 'api-2'].map((name) => prepareService(cleanup, 'api', name, env)));
  await Promise.all(apis.map((api) => api.start()));
  const servers = Object.fromEntries(apis.map(({ name, url }) => [name, new URL(url).host]));
  const haproxy = await startHaproxy(cleanup, program, servers);

  const began = performance.now();
  const load = startMixedLoad([haproxy.port], perSecond, { 'x-api-key': key });
  cleanup.add(() => load.stop());
  await sleep(1_000);
  const codes: (number | null)[] = [];
  const shutdownMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const api of apis) {
      const signalledAt = performance.now();
      codes.push(await api.stop());
      shutdownMs.push(performance.now() - signalledAt);
      await api.start();
      await haproxy.isUp(api.name);
    }
  }
  await sleep(1_000);
  await load.stop();
  const seconds = (performance.now() - began) / 1_000;

  const [stored] = await postgres.query<{ count: number }>('select count(*)::int from incidents');
  const requests = load.took.length + load.failures.length;
  console.log(`${rounds} rolling restarts of ${apis.length} APIs in ${seconds.toFixed(0)} s, at ${perSecond} requests per second
requests   ${requests}, of them ${load.failures.length} failed; ${load.created} incidents created, ${stored?.count} stored
answered   ${formatTimes(load.took)}
ended      ${codes.filter((code) => code === 0).length} of ${codes.length} with 0, the slowest ${(quantile(shutdownMs, 1) / 1_000).toFixed(1)} s after SIGTERM (SHUTDOWN_DELAY=${SHUTDOWN_DELAY})`);
  return [
    load.failures.length > 0 && `${load.failures.length} requests: ${load.failures.slice(0, 3).join('; ')}`,
    stored?.count !== load.created && 'not as many incidents are stored as were created',
    codes.some((code) => code !== 0) && `APIs ended with ${codes.join(', ')}`,
    ...apis.flatMap(({ deaths }) => deaths),
  ];
});
