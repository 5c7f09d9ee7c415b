import { describe, expect, test } from 'vitest';
import { hasBrowser, useConsole } from './use-console.ts';

const ADMIN_KEY = 'an-admin-key-for-the-console-0123456789abcdef';
const console_ = useConsole({ env: { AUTH: 'keys', ADMIN_API_KEY: ADMIN_KEY } });

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
