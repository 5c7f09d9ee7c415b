import axe from 'axe-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { findClippedControls } from './find-clipped-controls.ts';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, PHONE_VIEWPORT, useConsole } from './use-console.ts';

const console_ = useConsole({ worker: true });

const MAX_FIRST_LOAD_BYTES = 200 * 1024;

const PAGES = [
  '/console',
  '/console/report',
  '/console/incidents/1',
  '/console/queue',
  '/console/queue/jobs/1',
  '/console/recipients',
  '/console/statistics',
  '/console/keys',
  '/console/nothing',
];

beforeAll(async () => {
  if (!hasBrowser) return;
  await reportIncident(console_, {
    text: 'Первый',
    severity: 'critical',
    bot: 'shop_bot',
    labels: { a: 'b' },
  });
  await reportIncident(console_, { text: 'Второй', severity: 'warning', assignee: 'Анна' });
  await reportIncident(console_, { text: 'Третий', severity: 'info', status: 'закрыт' });
  await console_.send('POST', '/keys', { name: 'monitoring', scopes: ['incidents:write'] });
});

describe.skipIf(!hasBrowser)('every page of the console', () => {
  test.each(PAGES)('has no violation of accessibility rules in both themes: %s', async (path) => {
    const page = await console_.open(path);
    await page.locator('h1').first().waitFor();
    await page.getByText('Загрузка…').first().waitFor({ state: 'detached' });
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const violations = await page.evaluate(async () => {
        const results = await (window as unknown as { axe: typeof axe }).axe.run();
        return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      });
      expect(violations, colorScheme).toEqual([]);
    }
  });

  test.each(['ru', 'en'])(
    'fits a phone on each page, without a clipped control in the header: %s',
    async (language) => {
      const page = await console_.open('/console', { viewport: PHONE_VIEWPORT });
      await page.evaluate((name) => localStorage.setItem('incidents.language', name), language);
      for (const path of PAGES) {
        await page.goto(`${console_.url}${path}`);
        await page.locator('h1').first().waitFor({ state: 'attached' });
        await page
          .getByText(/^(Загрузка…|Loading…)$/)
          .first()
          .waitFor({ state: 'detached' });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, path).toBe(PHONE_VIEWPORT.width);
        expect(await page.evaluate(findClippedControls), path).toEqual([]);
      }
    },
  );

  test.each([
    ['/console/incidents/1/', 'Инцидент №1'],
    ['/console/queue/jobs/1/', 'Задание 1'],
  ])('is found with a trailing slash: %s', async (path, heading) => {
    const page = await console_.open(path);
    await page.getByRole('heading', { name: heading }).waitFor();
  });

  test('loads few compressed scripts at first', async () => {
    // A page without scripts: the cache of the browser stays empty.
    const page = await console_.open('/healthz');
    const scripts: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (request.resourceType() !== 'script') return;
      scripts.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.goto(`${console_.url}/console`);
    await page.locator('.card').first().waitFor();
    const sizes = await Promise.all(scripts);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    const loaded = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`console: ${Math.ceil(loaded / 1024)} KiB of compressed scripts at first`);
    expect(loaded).toBeLessThan(MAX_FIRST_LOAD_BYTES);
  });

  test('can be read in English, and in a chosen theme, also after a reload', async () => {
    const page = await console_.open('/console');
    await page.getByLabel('Язык').selectOption('en');
    await page.getByRole('heading', { name: 'Board' }).waitFor();
    await page.getByLabel('Theme').selectOption('dark');
    await page.reload();
    await page.getByRole('heading', { name: 'Board' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe('rgb(17, 19, 23)');
  });

  test('shows that the service is unavailable, and the missed changes once it is back', async () => {
    const page = await console_.open('/console');
    await page.getByRole('heading', { name: 'Доска' }).waitFor();
    await console_.restartApi(async () => {
      await page.getByText('Сервис не отвечает. Пробую снова').waitFor();
      await console_.database.db.pool.query(
        `insert into incidents (text, description, status, source) values ('Пропущенный', '-', 'новый', 'x')`,
      );
    });
    await page.locator('.card', { hasText: 'Пропущенный' }).waitFor();
    await page.getByText('Связь с сервисом восстановлена').waitFor();
    expect(await page.getByText('Сервис не отвечает. Пробую снова').count()).toBe(0);
  });
});
