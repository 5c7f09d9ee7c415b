import type { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, useConsole } from './use-console.ts';

const console_ = useConsole();
const { database, send } = console_;

const MAX_ELEMENTS = 2_000;

beforeEach(async () => {
  if (hasBrowser) await database.db.pool.query('delete from incidents');
});

const column = (page: Page, status: string) => page.locator(`.column[data-status="${status}"]`);
const card = (page: Page, status: string, text: string) =>
  column(page, status).locator('.card', { hasText: text });
const readStatus = async (id: number) => (await send<Incident>('GET', `/incidents/${id}`)).status;

describe.skipIf(!hasBrowser)('the board', () => {
  test('leads a browser here from / and shows cards by status', async () => {
    await reportIncident(console_, {
      text: 'Первый',
      severity: 'critical',
      bot: '@shop_bot',
      assignee: 'Анна',
    });
    await reportIncident(console_, { text: 'Второй', status: 'закрыт' });
    const page = await console_.open('/');
    expect(new URL(page.url()).pathname).toBe('/console');
    const first = card(page, 'новый', 'Первый');
    await first.waitFor();
    const shown = (await first.textContent()) ?? '';
    for (const text of ['критично', '@shop_bot', 'monitoring', 'Анна']) expect(shown).toContain(text);
    await card(page, 'закрыт', 'Второй').waitFor();
  });

  test('moves a dragged card, and stores its status', async () => {
    const { id } = await reportIncident(console_, { text: 'Тащим' });
    const page = await console_.open('/console');
    const source = await card(page, 'новый', 'Тащим').boundingBox();
    const target = await column(page, 'в работе').boundingBox();
    if (!source || !target) throw new Error('nothing to drag');
    await page.mouse.move(source.x + source.width / 2, source.y + source.height - 20);
    await page.mouse.down();
    await page.mouse.move(target.x + 100, target.y + 200, { steps: 8 });
    await page.mouse.up();
    await card(page, 'в работе', 'Тащим').waitFor();
    await eventually(async () => expect(await readStatus(id)).toBe('в работе'));
  });

  test('moves, selects and opens with the keyboard alone', async () => {
    const older = await reportIncident(console_, { text: 'Старый' });
    const newer = await reportIncident(console_, { text: 'Свежий' });
    const page = await console_.open('/console');
    await card(page, 'новый', 'Свежий').waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    for (let presses = 0; (await focused()) !== 'Свежий' && presses < 40; presses++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await eventually(async () => expect(await focused()).toBe('Старый'));
    await page.keyboard.press('Shift+ArrowRight');
    await card(page, 'в работе', 'Старый').waitFor();
    await eventually(async () => expect(await focused()).toBe('Свежий'));
    await page.keyboard.press('x');
    await page.getByRole('toolbar').getByText('Выбрано: 1').waitFor();
    await page.keyboard.press('ArrowRight');
    await eventually(async () => expect(await focused()).toBe('Старый'));
    await eventually(async () => expect(await readStatus(older.id)).toBe('в работе'));
    await page.keyboard.press('ArrowLeft');
    await eventually(async () => expect(await focused()).toBe('Свежий'));
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/console/incidents/${newer.id}`);
  });

  test('closes several at once', async () => {
    const ids: number[] = [];
    for (const text of ['Раз', 'Два', 'Три']) ids.push((await reportIncident(console_, { text })).id);
    const page = await console_.open('/console');
    for (const text of ['Раз', 'Три']) await card(page, 'новый', text).getByRole('checkbox').check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Закрыть' }).click();
    await card(page, 'закрыт', 'Раз').waitFor();
    await card(page, 'закрыт', 'Три').waitFor();
    await eventually(async () =>
      expect(await Promise.all(ids.map(readStatus))).toEqual(['закрыт', 'новый', 'закрыт']),
    );
  });

  test('shows a conflict, and overwrites nothing', async () => {
    const { id } = await reportIncident(console_, { text: 'Спорный' });
    const page = await console_.open('/console');
    await card(page, 'новый', 'Спорный').waitFor();
    await column(page, 'закрыт').getByText('Закрытых нет').waitFor();
    // The page does not hear of the change of another before its own.
    await page.route(/\/incidents\/\?/, (route) => route.abort());
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await send('PATCH', `/incidents/${id}`, { status: 'закрыт' });
    await card(page, 'новый', 'Спорный').getByRole('combobox').selectOption('в работе');
    await page.getByRole('alert').getByText(`Инцидент №${id} успели изменить`).waitFor();
    await card(page, 'закрыт', 'Спорный').waitFor();
    expect(await readStatus(id)).toBe('закрыт');
  });

  test('moves a card back that the service refuses to move', async () => {
    await reportIncident(console_, { text: 'Недоступный' });
    const page = await console_.open('/console');
    await card(page, 'новый', 'Недоступный').waitFor();
    await page.route('**/incidents/*', (route) =>
      route.request().method() === 'PATCH' ? route.abort() : route.continue(),
    );
    await card(page, 'новый', 'Недоступный').getByRole('combobox').selectOption('в работе');
    await page.getByRole('alert').getByText('Сервис не отвечает. Попробуйте ещё раз.').waitFor();
    await card(page, 'новый', 'Недоступный').waitFor();
  });

  test('announces new incidents without moving the card under the pointer', async () => {
    await reportIncident(console_, { text: 'Под указателем' });
    const page = await console_.open('/console');
    const pointed = card(page, 'новый', 'Под указателем');
    await pointed.hover();
    const before = await pointed.boundingBox();
    await reportIncident(console_, { text: 'Новый сверху' });
    const button = page.getByRole('button', { name: 'Показать 1 новый' });
    await button.waitFor();
    expect(await pointed.boundingBox()).toEqual(before);
    expect(await card(page, 'новый', 'Новый сверху').count()).toBe(0);
    await button.click();
    await card(page, 'новый', 'Новый сверху').waitFor();
  });

  test('keeps its filters in the address', async () => {
    await reportIncident(console_, { text: 'Важный', severity: 'critical', bot: 'shop_bot' });
    await reportIncident(console_, { text: 'Мелкий', severity: 'info' });
    const page = await console_.open('/console');
    // The pointer keeps the column still. A filter changes it nevertheless.
    await card(page, 'новый', 'Мелкий').hover();
    await page.getByRole('combobox', { name: 'Важность' }).selectOption('critical');
    await card(page, 'новый', 'Мелкий').waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('важ');
    await page.waitForURL(/search=/);
    const { search } = new URL(page.url());
    expect(new URLSearchParams(search).get('severity')).toBe('critical');
    const second = await console_.open(`/console${search}`);
    await card(second, 'новый', 'Важный').waitFor();
    expect(await second.locator('.card').count()).toBe(1);
    expect(await second.getByRole('searchbox').inputValue()).toBe('важ');
  });

  test('holds 10,000 open incidents with few elements', async () => {
    await database.db.pool.query(
      `insert into incidents (text, description, status, source, created_at)
       select 'Инцидент ' || n, 'описание', 'новый', 'load', now() - n * interval '1 second'
       from generate_series(1, 10000) as n`,
    );
    const page = await console_.open('/console');
    await column(page, 'новый')
      .getByRole('heading', { name: /10.000/ })
      .waitFor();
    await column(page, 'новый').locator('li[aria-setsize="10000"]').first().waitFor();
    await column(page, 'новый')
      .locator('.column-scroller')
      .evaluate((element) => {
        element.scrollTop = element.scrollHeight;
      });
    await card(page, 'новый', 'Инцидент 10000').waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(MAX_ELEMENTS);
  });

  test('shows one column at a time on a phone', async () => {
    await reportIncident(console_, { text: 'В кармане' });
    const page = await console_.open('/console', {
      viewport: { width: 390, height: 800 },
      hasTouch: true,
      isMobile: true,
    });
    await card(page, 'новый', 'В кармане').waitFor();
    await card(page, 'новый', 'В кармане').getByRole('combobox').selectOption('в работе');
    await page.getByRole('button', { name: /В работе/ }).tap();
    await card(page, 'в работе', 'В кармане').waitFor();
    expect(await column(page, 'новый').isVisible()).toBe(false);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(390);
  });
});
