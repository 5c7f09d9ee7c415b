import { parseArgs } from 'node:util';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { waitUntil } from '@incidents/testing/wait-until';
import pg from 'pg';
import { type OwnPostgres, startOwnPostgres } from '../postgres/own-postgres.ts';
import { readPeakMegabytes } from '../processes/process-memory.ts';
import { openSilentReader, readPage } from './page-reader.ts';

// Pages of hundreds of megabytes have to be whole or visibly broken off. Memory does not grow with a page.
const { values } = parseArgs({ options: { long: { type: 'boolean', default: false } } });

/** 62 KiB: 10,000 of them are a body of 640 MB. */
const DESCRIPTION = `repeat(md5(n::text), 1984)`;
const INCIDENTS = values.long ? 10_000 : 800;
const LIMITS = values.long ? [2_000, 10_000] : [800];
const SILENT_READERS = values.long ? [38, 200] : [200];
/** The API has 512 MB in its container. */
const MAX_PEAK_MB = 450;
/** Skips of the deep pages, at `DEEP_ROWS` rows of 1 KB. */
const DEEP_ROWS = 1_100_000;
const DEEP_SKIP = 1_000_000;
const MAX_DEEP_PAGE_MS = 2_000;

await runScenario(async (cleanup) => {
  const postgres = await startOwnPostgres(cleanup);
  const api = await prepareService(cleanup, 'api', 'api', {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'warn',
    // Half of the memory, as V8 itself takes in a container of 512 MB.
    NODE_OPTIONS: '--max-old-space-size=256',
    AUTH: 'off',
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
  });
  await api.start();
  await insertIncidents(postgres, INCIDENTS, DESCRIPTION);
  const failures: string[] = [];
  const report = (step: string, what: string) =>
    console.log(`${step.padEnd(28)} ${what}; peak memory ${readPeakMegabytes(api.child.pid)} MB`);

  report('start', `${INCIDENTS} incidents of 62 KiB`);
  for (const limit of LIMITS) {
    const page = await readPage(api.url, limit);
    report(`limit=${limit}, read at once`, page.summary);
    if (page.incidents !== limit || page.problem !== undefined)
      failures.push(`limit=${limit}: ${page.summary}`);
  }

  const limit = Math.max(...LIMITS);
  for (const count of SILENT_READERS) {
    const readers = Array.from({ length: count }, () => openSilentReader(api.url, limit));
    const heads = Map.groupBy(await Promise.all(readers.map(({ status }) => status)), (status) => status);
    const ordinary = await readPage(api.url, 1);
    report(
      `${count} silent readers`,
      `${[...heads].map(([status, of]) => `${status} × ${of.length}`).join(', ')}; limit=1 beside them ${ordinary.milliseconds} ms`,
    );
    if (ordinary.incidents !== 1) failures.push(`beside ${count} silent readers: ${ordinary.summary}`);
    for (const reader of readers) reader.close();
  }
  const after = await readPage(api.url, limit, { retryRefused: true });
  report('after them', after.summary);
  if (after.incidents !== limit || after.problem !== undefined) failures.push(`after them: ${after.summary}`);

  const locker = new pg.Client({ connectionString: postgres.url });
  locker.on('error', () => {});
  await locker.connect();
  cleanup.add(() => locker.end());
  const broken = await readPage(api.url, limit, {
    // The next batch then waits until its statement times out.
    atFirstByte: () => locker.query('begin; lock table incidents'),
  });
  await locker.query('rollback');
  report('table locked in mid-page', broken.summary);
  if (broken.problem === undefined) failures.push('a page that could not be read to its end looked whole');
  const isLogged = () => api.log.some(({ msg }) => msg === 'a reply was broken off');
  if (!(await waitUntil(isLogged, 5_000, 50))) failures.push('the log has no "a reply was broken off"');

  if (values.long) {
    await postgres.query('truncate incidents');
    for (let part = 0; part < 10; part++)
      await insertIncidents(postgres, DEEP_ROWS / 10, `repeat(md5(n::text), 32)`);
    for (const rows of ['fresh', 'vacuumed']) {
      if (rows === 'vacuumed') await postgres.query('vacuum analyze incidents');
      for (const status of ['', '&status=закрыт']) {
        const page = await readPage(api.url, 100, { query: `&skip=${DEEP_SKIP}${encodeURI(status)}` });
        report(`skip=${DEEP_SKIP}${status}`, `${rows}: ${page.summary}`);
        if (page.incidents !== 100) failures.push(`skip=${DEEP_SKIP}${status}: ${page.summary}`);
        if (!(page.milliseconds < MAX_DEEP_PAGE_MS)) failures.push(`skip=${DEEP_SKIP}${status}: too slow`);
      }
    }
  }

  const peak = readPeakMegabytes(api.child.pid);
  if (peak === undefined || peak >= MAX_PEAK_MB)
    failures.push(`the API took ${peak} MB, more than ${MAX_PEAK_MB} MB`);
  return [...failures, ...api.deaths];
});

async function insertIncidents(postgres: OwnPostgres, count: number, description: string): Promise<void> {
  await postgres.query(
    `insert into incidents (text, description, status, source, created_at)
     select 'инцидент ' || n, ${description}, 'закрыт', 'operator', now() - n * interval '1 second'
     from generate_series(1, ${count}) as n`,
  );
}
