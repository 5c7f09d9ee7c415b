import { Statistics } from '@incidents/contracts';
import { onServer } from '@incidents/testing/postgres/template';

const SOURCES = 60_000;
const AT_ONCE = 40;
const MAX_BYTES = 64 * 1_024;

/**
 * Asks for the statistics of many sources, each with the longest of names, many times at once.
 * @param url of the API's database, whose figures it adds to
 * @returns a line that says what came of it, and what was not as it should be
 */
export async function askStatistics(
  url: string,
  apiPort: number,
): Promise<{ line: string; failures: string[] }> {
  await onServer(url, (client) =>
    client.query(
      `insert into incident_statistics (dimension, value, incidents)
       select 'source', rpad('источник ' || n, 100, 'я'), 1 from generate_series(1, $1::int) as n
       union all select 'status', 'новый', $1`,
      [SOURCES],
    ),
  );
  const replies = await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const began = performance.now();
      const reply = await fetch(`http://127.0.0.1:${apiPort}/statistics`);
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
    line: `statistics ${SOURCES} sources, ${AT_ONCE} at once: ${good.length} × 200 within ${slowest} ms, ${Math.ceil(bytes / 1_024)} KB each`,
    failures: [
      good.length < AT_ONCE && `${AT_ONCE - good.length} requests for the statistics were refused`,
      bytes > MAX_BYTES && 'the statistics are too large',
      unequal.length > 0 && 'the sources do not add up to the total',
    ].filter((failure) => failure !== false),
  };
}
