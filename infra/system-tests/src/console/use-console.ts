import { CHROMIUM_FLAGS, chromium } from '@incidents/testing/browser/chromium';
import { type TestDatabase, useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from 'vitest';
import { type ServiceProcess, useServiceProcesses, waitUntilReady } from '../service-process.ts';

const READY_TIMEOUT_MS = 60_000;
/** A test fails with the awaited locator instead of the limit of the test. */
const ACTION_TIMEOUT_MS = 10_000;

/** Whether this machine has a browser. */
export const hasBrowser = chromium !== undefined;

export const PHONE_VIEWPORT = { width: 390, height: 800 };

export interface ConsoleFixture {
  readonly url: string;
  readonly database: TestDatabase;
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Sends a request as another client, with `ADMIN_API_KEY` if it is set. */
  send<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  restartApi(whileAway: () => Promise<void>): Promise<void>;
}

/** Runs the built API, with a worker if it is wanted, and opens its console in Chromium. */
export function useConsole(options: { worker?: boolean; env?: Record<string, string> } = {}): ConsoleFixture {
  const database = useTestDatabase();
  const adminKey = options.env?.ADMIN_API_KEY;
  const startProcess = useServiceProcesses();
  let browser: Browser | undefined;
  let url = '';
  let api: ServiceProcess | undefined;
  /** Requests to other hosts, uncaught errors, and violations of the Content-Security-Policy. */
  const offences: string[] = [];

  async function startApi(port: number) {
    api = startProcess('api', { DATABASE_URL: database.url, PORT: String(port), ...options.env });
    await waitUntilReady(url);
  }

  beforeAll(async () => {
    if (chromium === undefined) return;
    const port = await findFreePort();
    url = `http://127.0.0.1:${port}`;
    if (options.worker)
      startProcess('worker', {
        DATABASE_URL: database.url,
        WORKER_PORT: String(await findFreePort()),
        ...options.env,
      });
    [browser] = await Promise.all([
      playwright.launch({ executablePath: chromium, args: CHROMIUM_FLAGS }),
      startApi(port),
    ]);
  }, READY_TIMEOUT_MS);
  afterAll(() => browser?.close());
  afterEach(() => expect(offences.splice(0)).toEqual([]));

  return {
    get url() {
      return url;
    },
    database,
    async open(path, contextOptions = {}) {
      if (browser === undefined) throw new Error('the browser was not started');
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        colorScheme: 'light',
        ...contextOptions,
      });
      onTestFinished(() => context.close());
      context.setDefaultTimeout(ACTION_TIMEOUT_MS);
      const page = await context.newPage();
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== url) offences.push(`request to ${request.url()}`);
      });
      page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
      page.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) offences.push(message.text());
      });
      await page.goto(`${url}${path}`);
      return page;
    },
    async send(method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          'Content-Type': 'application/json',
          ...(adminKey !== undefined && { Authorization: `Bearer ${adminKey}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
      return text === '' ? undefined : JSON.parse(text);
    },
    async restartApi(whileAway) {
      api?.child.kill('SIGKILL');
      await api?.ended;
      await whileAway();
      await startApi(Number(new URL(url).port));
    },
  };
}
