import { parseArgs } from 'node:util';
import { DemoRefusedError, fillDatabase } from './demo/fill-database.ts';
import { findDatabaseUrl } from './demo/find-database-url.ts';
import { createProgress } from './demo/progress.ts';
import { root } from './paths.ts';

const INCIDENTS = 1_500;

const NOTHING_RUNS = `Nothing runs here, and DATABASE_URL is not set. Start the service, and then the demo from another terminal:

  npx pnpm@12 start
  npx pnpm@12 demo

Or name a PostgreSQL in DATABASE_URL or .env.`;

function readOptions(): { force: boolean; seed: number } {
  const { values } = parseArgs({ options: { force: { type: 'boolean' }, seed: { type: 'string' } } });
  if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed))
    throw new DemoRefusedError('--seed takes a whole number of at most nine digits');
  return { force: values.force ?? false, seed: Number(values.seed ?? 1) };
}

try {
  const startedAt = Date.now();
  const options = readOptions();
  const url = findDatabaseUrl(root, process.env);
  if (url === undefined) throw new DemoRefusedError(NOTHING_RUNS);
  const { incidents, events, deliveries } = await fillDatabase({
    ...options,
    url,
    incidents: INCIDENTS,
    now: startedAt,
    report: createProgress(process.stdout, 'Storing a month of incidents'),
  });
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `Stored ${incidents} incidents, ${events} events and ${deliveries} deliveries in ${seconds} s. Nothing was sent.`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message || error.name : error);
  process.exitCode = 1;
}
