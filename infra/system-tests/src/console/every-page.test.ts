import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, useConsole } from './use-console.ts';

const console_ = useConsole({ worker: true });

const PAGES = ['/console', '/console/report', '/console/incidents/1', '/console/nothing'];

describe.skipIf(!hasBrowser)('every page of the console', () => {
  test.each(['light', 'dark'] as const)('has no violation of accessibility rules (%s)', async (theme) => {
    await reportIncident(console_, {
      text: 'Первый',
      severity: 'critical',
      bot: 'shop_bot',
      labels: { a: 'b' },
    });
    await reportIncident(console_, { text: 'Второй', severity: 'warning', assignee: 'Анна' });
    await reportIncident(console_, { text: 'Третий', severity: 'info', status: 'закрыт' });
    const page = await console_.open('/console', { colorScheme: theme });
    for (const path of PAGES) {
      await page.goto(`${console_.url}${path}`);
      await page.locator('h1, .state').first().waitFor();
      await page.waitForLoadState('networkidle');
      await page.evaluate(axe.source);
      const violations = await page.evaluate(async () => {
        const results = await (window as unknown as { axe: typeof axe }).axe.run();
        return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      });
      expect(violations, path).toEqual([]);
    }
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

  test('says that the service is away, and what it missed when it is back', async () => {
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
