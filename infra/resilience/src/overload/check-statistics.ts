import { Statistics } from '@incidents/contracts';
import { onServer } from '@incidents/testing/postgres/template';
import type { Failures } from '@incidents/testing/processes/run-scenario';

const SOURCES = 60_000;
const CONCURRENT_REQUESTS = 40;
const MAX_BYTES = 64 * 1_024;

/** Adds many sources with the longest names, and reads their statistics many times at once. */
export async function checkStatistics(
  databaseUrl: string,
  apiUrl: string,
): Promise<{ line: string; failures: Failures }> {
  await onServer(databaseUrl, (client) =>
    client.query(
      `insert into incident_statistics (dimension, value, incidents)
       select 'source', rpad('источник ' || n, 100, 'я'), 1 from generate_series(1, $1::int) as n
       union all select 'status', 'новый', $1`,
      [SOURCES],
    ),
  );
  const replies = await Promise.all(
    Array.from({ length: CONCURRENT_REQUESTS }, async () => {
      const began = performance.now();
      const reply = await fetch(`${apiUrl}/statistics`);
      const body = await reply.text();
      return { status: reply.status, body, took: performance.now() - began };
    }),
  );
  const good = replies.filter(({ status }) => status === 200);
  const bytes = Math.max(...replies.map(({ body }) => Buffer.byteLength(body)));
  const slowest = Math.round(Math.max(...replies.map(({ took }) => took)));
  const unequal = good.filter(({ body }) => {
    const { total, by_source, by_source_other } = Statistics.parse(JSON.parse(body));
    return Object.values(by_source).reduce((sum, incidents) => sum + incidents, by_source_other) !== total;
  });
  return {
    line: `statistics ${SOURCES} sources, ${CONCURRENT_REQUESTS} at once: ${good.length} × 200 within ${slowest} ms, ${Math.ceil(bytes / 1_024)} KB each`,
    failures: [
      good.length < replies.length &&
        `${replies.length - good.length} requests for the statistics were refused`,
      bytes > MAX_BYTES && 'the statistics are too large',
      unequal.length > 0 && 'the sources do not add up to the total',
    ],
  };
}
