import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@incidents/contracts';
import { fillDatabase } from '@incidents/local/demo/fill-database';
import { eventually } from '@incidents/testing/eventually';
import { startMailServer } from '@incidents/testing/mail/fake-mail-server';
import { startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, useConsole } from './use-console.ts';

// Written into docs/images on request alone: ages and fonts differ from run to run.
const folder =
  process.env.UPDATE_SCREENSHOTS === 'true'
    ? join(import.meta.dirname, '../../../../docs/images')
    : join(tmpdir(), `incidents-screenshots-${process.pid}`);

const [mailServer, botApi] = await Promise.all([startMailServer(), startFakeBotApi()]);
afterAll(() => Promise.all([mailServer.close(), botApi.close()]));

// The recipients of the demo.
const console_ = useConsole({
  worker: true,
  env: {
    SMTP_URL: mailServer.url,
    MAIL_FROM: 'incidents@example.org',
    MAIL_TO: 'duty@example.org,billing@example.org?source=partner,night-shift@example.org?source=operator',
    TELEGRAM_BOT_TOKEN: botApi.token,
    TELEGRAM_CHAT_IDS: '-1001700000000,-1001700000000:12?source=monitoring',
    TELEGRAM_API_ROOT: botApi.url,
  },
});
const DESKTOP = { viewport: { width: 1360, height: 850 } };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 760 },
  deviceScaleFactor: 1.5,
  hasTouch: true,
  isMobile: true,
};

async function findBusyIncident(): Promise<number> {
  const { rows } = await console_.database.db.pool.query<{ incident_id: number }>(
    `select incident_id from incident_events join incidents on incidents.id = incident_id
     where incidents.status = 'в работе' group by incident_id
     order by count(*) filter (where kind = 'commented') desc, count(*) desc, incident_id desc limit 1`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error('the demo has no incident in progress');
  return found.incident_id;
}

/** Some work of the last minutes, and a job that has failed. */
async function fillQueue() {
  const { pool } = console_.database.db;
  for (let count = 0; count < 4; count++)
    await reportIncident(console_, { text: 'Задержка ответов @shop_bot' });
  await pool.query(
    `select graphile_worker.add_job('send_report', '{"incident_id": 1488}'::json, max_attempts => 5)`,
  );
  await pool.query(
    `update graphile_worker._private_jobs set attempts = 5, last_error = 'connect ECONNREFUSED 10.0.4.17:587'
     where max_attempts = 5`,
  );
  await eventually(async () => {
    const jobs = await console_.send<Job[]>('GET', '/jobs?state=done');
    expect(jobs.length).toBeGreaterThanOrEqual(12);
  });
}

interface Picture {
  name: string;
  path(): string | Promise<string>;
  options?: BrowserContextOptions;
  prepare?(page: Page): Promise<unknown>;
}

const pictures: Picture[] = [
  { name: 'board', path: () => '' },
  { name: 'board-dark', path: () => '', options: { ...DESKTOP, colorScheme: 'dark' } },
  { name: 'phone', path: () => '', options: PHONE },
  { name: 'incident', path: async () => `/incidents/${await findBusyIncident()}` },
  {
    name: 'report',
    path: () => '/report',
    async prepare(page) {
      await page.getByLabel('Суть').fill('Бот магазина не отвечает на команды');
      await page.getByLabel('Описание').fill('После обновления в 12:40 бот перестал реагировать на /start');
      await page.getByLabel('Важность').selectOption('critical');
      await page.getByLabel(/^Бот/).fill('@shop_bot');
    },
  },
  { name: 'recipients', path: () => '/recipients' },
  { name: 'statistics', path: () => '/statistics' },
  { name: 'keys', path: () => '/keys' },
  // Last, as it adds incidents.
  {
    name: 'queue',
    async path() {
      await fillQueue();
      return '/queue';
    },
  },
];

describe.skipIf(!hasBrowser)('pictures of the console', () => {
  test('show a month of incidents on every page', { timeout: 120_000 }, async () => {
    await mkdir(folder, { recursive: true });
    await fillDatabase({
      url: console_.database.url,
      incidents: 1_500,
      seed: 1,
      force: false,
      now: Date.now(),
      report: () => {},
    });
    for (const { name, path, options = DESKTOP, prepare } of pictures) {
      const page = await console_.open(`/console${await path()}`, options);
      await page.locator('h1').first().waitFor();
      await page.getByText('Загрузка…').first().waitFor({ state: 'detached' });
      await prepare?.(page);
      const picture = await page.screenshot({
        path: join(folder, `console-${name}.png`),
        animations: 'disabled',
      });
      expect(picture.length, name).toBeGreaterThan(10_000);
      await page.context().close();
    }
  });
});
