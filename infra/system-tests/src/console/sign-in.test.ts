import type { CreatedApiKey, Incident, Scope } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { findClippedControls } from './find-clipped-controls.ts';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, PHONE_VIEWPORT, useConsole } from './use-console.ts';

const ADMIN_KEY = 'an-admin-key-for-the-console-0123456789abcdef';
const console_ = useConsole({ env: { AUTH: 'keys', ADMIN_API_KEY: ADMIN_KEY } });

const { database, send } = console_;

async function openAs(name: string, scopes: Scope[], path: string): Promise<Page> {
  const { key } = await send<CreatedApiKey>('POST', '/keys', { name, scopes });
  const page = await console_.open(path);
  await page.getByLabel('Ключ API').fill(key);
  await page.keyboard.press('Enter');
  await page.getByText(name).waitFor();
  return page;
}

const sections = (page: Page) => page.getByRole('navigation', { name: 'Разделы' }).getByRole('link');
const controls = (page: Page) => page.locator('main').locator('button, input, select, textarea');

describe.skipIf(!hasBrowser)('signing in to the console', () => {
  test('takes a key, keeps it from scripts, and ends with signing out', async () => {
    const page = await console_.open('/console/queue');
    const field = page.getByLabel('Ключ API');
    await field.fill('inc_wrong');
    await field.press('Enter');
    await page.getByText('Сервис не принял этот ключ').waitFor();
    await field.fill(ADMIN_KEY);
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Очередь' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Очередь' }).waitFor();
    const readable = await page.evaluate(() =>
      JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
    );
    expect(readable).not.toContain(ADMIN_KEY);
    expect(readable).not.toContain('incidents_session');
    await page.getByRole('button', { name: /Выйти/ }).click();
    await page.getByLabel('Ключ API').waitFor();
    await page.reload();
    await page.getByLabel('Ключ API').waitFor();
  });
});

describe.skipIf(!hasBrowser)('a session without all scopes', () => {
  test('with the scopes to read shows no control that changes anything', async () => {
    const { id } = await reportIncident(console_, { text: 'Только смотреть', labels: { a: 'b' } });
    await database.db.pool.query(
      `insert into deliveries (incident_id, event_id, channel, recipient, state, transport, last_error)
       select incident_id, id, 'email', 'a@example.org', 'failed', 'smtp', 'refused'
       from incident_events where incident_id = $1`,
      [id],
    );
    const { rows } = await database.db.pool.query<{ id: number }>(
      `select id from graphile_worker.add_job('no_such_task', '{}'::json, max_attempts => 3)`,
    );
    const job = rows[0]?.id;
    await database.db.pool.query(
      `update graphile_worker._private_jobs set attempts = 3, last_error = 'the disk is full' where id = $1`,
      [job],
    );
    const page = await openAs('Анна', ['incidents:read', 'jobs:read'], '/console');
    await page.getByText('Анна · только чтение').waitFor();
    expect(await sections(page).allTextContents()).toEqual(['Доска', 'Очередь', 'Получатели', 'Статистика']);

    const card = page.locator('.card', { hasText: 'Только смотреть' });
    expect(await card.locator('input, select').count()).toBe(0);
    await page.getByRole('link', { name: 'Только смотреть' }).focus();
    for (const key of ['x', 'Shift+ArrowRight']) await page.keyboard.press(key);
    await card.dragTo(page.locator('.column[data-status="закрыт"]'));
    expect(await page.getByRole('toolbar').count()).toBe(0);
    expect((await send<Incident>('GET', `/incidents/${id}`)).status).toBe('новый');

    const pages = [
      { path: `/incidents/${id}`, text: 'refused' },
      { path: `/queue/jobs/${job}`, text: 'the disk is full' },
      { path: '/recipients', text: 'refused' },
    ];
    for (const { path, text } of pages) {
      await page.goto(`${console_.url}/console${path}`);
      await page.locator('main').getByText(text).first().waitFor();
      await eventually(async () => expect(await controls(page).count(), path).toBe(0));
    }
    await page.goto(`${console_.url}/console/queue`);
    await page.getByRole('cell', { name: 'the disk is full' }).waitFor();
    expect(await page.getByRole('button', { name: /Повторить|Удалить/ }).count()).toBe(0);
    for (const path of ['/report', '/keys']) {
      await page.goto(`${console_.url}/console${path}`);
      await page.getByRole('heading', { name: 'Нет доступа к этому разделу' }).waitFor();
    }
  });

  test('with the scopes of incidents shows no action of an administrator', async () => {
    const { id } = await reportIncident(console_);
    const page = await openAs(
      'Анна Петрова, ночная смена дежурных мониторинга',
      ['incidents:read', 'incidents:write'],
      `/console/incidents/${id}`,
    );
    await page.getByRole('button', { name: 'Взять в работу' }).waitFor();
    await page.getByLabel('Комментарий').waitFor();
    expect(await page.getByRole('button', { name: 'Удалить' }).count()).toBe(0);
    expect(await sections(page).allTextContents()).toEqual(['Доска', 'Сообщить', 'Получатели', 'Статистика']);
    await page.setViewportSize(PHONE_VIEWPORT);
    expect(await page.evaluate(findClippedControls)).toEqual([]);
  });
});
