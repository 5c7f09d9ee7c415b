import type { ApiKey, Job } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { startMailServer } from '@incidents/testing/mail/fake-mail-server';
import { describe, expect, test } from 'vitest';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, useConsole } from './use-console.ts';

// Refuses one mailbox until it is repaired.
let isRepaired = false;
const mailServer = await startMailServer({
  rcptTo: (address) =>
    address === 'gone@example.org' && !isRepaired ? { code: 550, text: '5.1.1 no such mailbox' } : 'ok',
});
const console_ = useConsole({
  worker: true,
  env: {
    SMTP_URL: mailServer.url,
    MAIL_FROM: 'incidents@example.org',
    MAIL_TO: 'oncall@example.org,gone@example.org',
  },
});
const { database, send } = console_;

describe.skipIf(!hasBrowser)('the queue page', () => {
  test('shows a failed job with its arguments and error, retries and deletes', async () => {
    const { rows } = await database.db.pool.query<{ id: number }>(
      `select id from graphile_worker.add_job('no_such_task', '{"incident_id": 7}'::json, max_attempts => 3)`,
    );
    await database.db.pool.query(
      `update graphile_worker._private_jobs set attempts = 3, last_error = 'the disk is full' where id = $1`,
      [rows[0]?.id],
    );
    const page = await console_.open('/console/queue');
    await page.getByRole('cell', { name: 'the disk is full' }).waitFor();
    await page.getByRole('link', { name: /no_such_task/ }).click();
    await page.locator('pre', { hasText: '"incident_id": 7' }).waitFor();
    await page.getByRole('button', { name: 'Повторить' }).click();
    await eventually(async () => {
      const [job] = await send<Job[]>('GET', '/jobs?task=no_such_task');
      expect(job?.state).toBe('waiting');
    });
    await page.getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить' }).click();
    await page.waitForURL('**/console/queue');
    expect(await send<Job[]>('GET', '/jobs?task=no_such_task')).toEqual([]);
  });

  test('deletes all failed jobs of a task after a question', async () => {
    await database.db.pool.query(
      `select graphile_worker.add_job('unknown_task', '{}'::json, max_attempts => 2) from generate_series(1, 3)`,
    );
    await database.db.pool.query(
      `update graphile_worker._private_jobs set attempts = 2, last_error = 'no' where max_attempts = 2`,
    );
    const page = await console_.open('/console/queue');
    await page.getByRole('button', { name: 'Удалить все неудачные «unknown_task»' }).click();
    await page.keyboard.press('Escape');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await eventually(async () => expect(await focused()).toBe('Удалить все неудачные «unknown_task»'));
    expect(await send<Job[]>('GET', '/jobs?task=unknown_task')).toHaveLength(3);
    await page.getByRole('button', { name: 'Удалить все неудачные «unknown_task»' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить' }).click();
    await page.getByText('Удалено: 3 задания').waitFor();
    expect(await send<Job[]>('GET', '/jobs?task=unknown_task')).toEqual([]);
  });
});

describe.skipIf(!hasBrowser)('the recipients page', () => {
  test('shows failed deliveries and their errors, tests a mailbox, and retries', async () => {
    await reportIncident(console_, { text: 'Письмо не дойдёт' });
    const page = await console_.open('/console/recipients');
    const refused = page.locator('.recipient', { hasText: 'gone@example.org' });
    await refused.getByText(/no such mailbox/).waitFor();
    await page.getByRole('button', { name: 'Проверить: oncall@example.org' }).click();
    await page.getByRole('status').getByText('oncall@example.org: принято').waitFor();
    isRepaired = true;
    await refused.getByRole('button', { name: 'Отправить все снова' }).click();
    const question = page.getByRole('dialog', { name: 'Отправить снова 1 сообщение?' });
    await question.getByRole('button', { name: 'Отправить снова' }).click();
    await eventually(() => expect(mailServer.mailbox('gone@example.org')).toHaveLength(1));
    await page.getByText('Недоставленных сообщений нет').waitFor();
  });
});

describe.skipIf(!hasBrowser)('the statistics page', () => {
  test('has the figures of each chart as a table', async () => {
    await reportIncident(console_, { source: 'partner' });
    const page = await console_.open('/console/statistics');
    await page.getByText('Показать таблицу').first().waitFor();
    for (const summary of await page.getByText('Показать таблицу').all()) await summary.click();
    await page
      .getByRole('table', { name: 'По источникам' })
      .getByRole('row', { name: /partner/ })
      .waitFor();
    expect(await page.getByRole('table', { name: 'По дням' }).getByRole('row').count()).toBe(31);
  });
});

describe.skipIf(!hasBrowser)('the keys page', () => {
  test('creates a key, shows it once, and revokes it', async () => {
    const page = await console_.open('/console/keys');
    await page.getByRole('button', { name: 'Создать ключ' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Владелец').fill('monitoring');
    await dialog.getByRole('button', { name: 'Создать ключ' }).click();
    const key = (await dialog.locator('pre').textContent()) ?? '';
    expect(key).toMatch(/^inc_/);
    await dialog.getByRole('button', { name: 'Готово' }).click();
    await page.getByRole('row', { name: /monitoring/ }).waitFor();
    expect(await page.content()).not.toContain(key);
    await page.getByRole('button', { name: 'Отозвать: monitoring' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Отозвать' }).click();
    await page.getByRole('cell', { name: 'отозван' }).waitFor();
    const [created] = await send<ApiKey[]>('GET', '/keys');
    expect(created?.revoked_at).not.toBeNull();
  });
});
