import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_FLAGS, chromium } from '@incidents/testing/browser/chromium';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { expect, onTestFinished, test } from 'vitest';
import { type Attempt, type Deed, startPageServer } from './foreign-pages/page-server.ts';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

const database = useTestDatabase();
const start = useServiceProcesses();

type Expected = [deed: Deed, status: number, outcome?: string, path?: string];

const REFUSED: Expected[] = [
  ['image', 403, 'blocked'],
  ['script', 403, 'blocked'],
  // To the console, whose pages refuse to be framed.
  ['frame', 302, 'loaded'],
  ['form', 403],
  ['fetchOpaque', 403, 'blocked'],
  ['postOpaque', 403, 'blocked'],
  ['fetchCors', 403, 'blocked'],
  ['open', 302],
  // The API answers public paths; the browser shows them only as pages of their own.
  ['image', 200, 'blocked', '/docs/favicon-32x32.png'],
  ['script', 200, 'blocked', '/docs/swagger-ui-bundle.js'],
  ['open', 200, undefined, '/docs'],
];
const LISTED: Expected[] = [
  ['image', 403, 'blocked'],
  ['fetchOpaque', 403, 'blocked'],
  ['fetchCors', 200, 'cors 200'],
  ['postCors', 404, 'cors 404'],
];
const OWN: Expected[] = [
  ['image', 200, 'blocked'],
  ['fetchCors', 200, 'basic 200'],
  ['postCors', 404, 'basic 404'],
];

test.skipIf(chromium === undefined)(
  'an API without keys, and pages of other origins in a browser',
  { timeout: 120_000 },
  async () => {
    const port = await findFreePort();
    const [foreign, listed, development] = await Promise.all([
      startPageServer(),
      startPageServer(),
      startPageServer(port),
    ]);
    onTestFinished(() => {
      for (const server of [foreign, listed, development]) server.close();
    });
    const api = start('api', {
      DATABASE_URL: database.url,
      PORT: String(port),
      CORS_ORIGINS: `http://localhost:${listed.port}`,
    });
    await waitUntilReady(`http://127.0.0.1:${port}`);

    const pages = [
      { server: foreign, host: '127.0.0.1', path: '/same-site', expected: REFUSED },
      { server: foreign, host: 'localhost', path: '/cross-site', expected: REFUSED },
      { server: listed, host: 'localhost', path: '/listed', expected: LISTED },
      { server: development, host: 'localhost', path: '/own', expected: OWN },
    ];
    // Each attempt has its own path, so the log of the API shows its status.
    await database.db.pool.query(
      `insert into incidents (text, description, status, source)
     select 'text', 'description', 'новый', 'operator' from generate_series(1, 50)`,
    );
    let lastId = 0;
    const pathFor = (deed: Deed) => {
      lastId += 1;
      const isPost = deed === 'form' || deed === 'postOpaque' || deed === 'postCors';
      return isPost ? `/jobs/${lastId}/retry` : `/incidents/${lastId}`;
    };
    for (const { server, host, path, expected } of pages) {
      const target = server === development ? `http://${host}:${server.port}` : `http://127.0.0.1:${port}`;
      const attempts = expected.map(
        ([deed, , , path = pathFor(deed)]): Attempt => ({ deed, url: `${target}${path}` }),
      );
      server.pages.set(path, attempts);
    }
    foreign.pages.set(
      '/',
      pages.map(({ server, host, path }) => ({ deed: 'open', url: `http://${host}:${server.port}${path}` })),
    );

    const profile = await mkdtemp(join(tmpdir(), 'incidents-pages-'));
    const browser = spawn(
      chromium ?? '',
      [
        ...CHROMIUM_FLAGS,
        '--disable-popup-blocking',
        `--user-data-dir=${profile}`,
        `http://127.0.0.1:${foreign.port}/`,
      ],
      { stdio: 'ignore' },
    );
    onTestFinished(async () => {
      browser.kill('SIGKILL');
      if (browser.exitCode === null && browser.signalCode === null) await once(browser, 'exit');
      await rm(profile, { recursive: true, force: true, maxRetries: 10 });
    });

    const statusOf = ({ url }: Attempt) =>
      api.lines.find(({ method, path }) => method !== 'OPTIONS' && path === new URL(url).pathname)?.status;
    for (const { server, host, path, expected } of pages) {
      await eventually(() => {
        const seen = server.outcomes
          .get(path)
          ?.map((attempt) => [attempt.deed, statusOf(attempt), attempt.outcome]);
        expect(seen, `${host}${path}`).toEqual(
          expected.map(([deed, status, outcome]) => [deed, status, outcome]),
        );
      }, 60_000);
    }
  },
);
