import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHROMIUM_FLAGS, chromium } from '@incidents/testing/browser/chromium';
import { describe, expect, onTestFinished, test } from 'vitest';
import { locales } from '../../locale/locales.ts';
import { createHttpServer, listen } from '../../server.ts';
import { useTestApp } from '../../testing/test-app.ts';

const testApp = useTestApp({ database: 'unreachable' });

describe('GET /docs in Chromium', () => {
  test.skipIf(chromium === undefined)(
    'shows every operation in a browser without CSP violations',
    async () => {
      const server = createHttpServer(testApp.app, { logger: testApp.log.logger, locale: locales.en });
      await listen(server, { host: '127.0.0.1', port: 0 });
      const profile = await mkdtemp(join(tmpdir(), 'incidents-docs-'));
      onTestFinished(async () => {
        server.closeAllConnections();
        server.close();
        await rm(profile, { recursive: true, force: true });
      });
      const { port } = server.address() as AddressInfo;
      const { stdout, stderr } = await promisify(execFile)(
        chromium ?? '',
        [
          ...CHROMIUM_FLAGS,
          '--enable-logging=stderr',
          `--user-data-dir=${profile}`,
          '--virtual-time-budget=20000',
          '--dump-dom',
          `http://127.0.0.1:${port}/docs`,
        ],
        { maxBuffer: 32 * 1024 * 1024 },
      );
      const document = await testApp.request('/openapi.json');
      const operations = Object.values((document.body as { paths: Record<string, object> }).paths).flatMap(
        (path) => Object.values(path).map(({ operationId }) => operationId),
      );
      expect(operations.length).toBeGreaterThan(10);
      for (const id of operations) expect(stdout, id).toContain(id);
      expect(stderr).not.toMatch(/Content Security Policy|Refused to|violates/i);
    },
  );
});
