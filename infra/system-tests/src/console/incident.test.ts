import type { Incident, IncidentEvent } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { describe, expect, test } from 'vitest';
import { reportIncident } from './report-incident.ts';
import { hasBrowser, useConsole } from './use-console.ts';

const console_ = useConsole({ worker: true });
const { database, send } = console_;

/** Runs in the page. Resolves when it shows a card with the text, to the milliseconds since 1970. */
function waitForCard(text: string): Promise<number> {
  return new Promise((resolve) => {
    const isShown = () => document.querySelector('.column')?.textContent.includes(text) === true;
    new MutationObserver((_, observer) => {
      if (!isShown()) return;
      observer.disconnect();
      resolve(performance.timeOrigin + performance.now());
    }).observe(document.body, { childList: true, subtree: true });
  });
}

/** Runs in the page. Resolves 200 ms after the event has arrived, as the page waits 100 ms for others of a burst. */
function assignToMaria(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = new EventSource('/incidents/stream');
    stream.addEventListener('open', () => {
      const body = JSON.stringify({ assignee: 'Мария' });
      fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body }).catch(reject);
    });
    stream.addEventListener('updated', () => {
      stream.close();
      setTimeout(resolve, 200);
    });
  });
}

describe.skipIf(!hasBrowser)('an incident in the console', () => {
  test('is reported, appears on another page, is taken, commented and closed', async () => {
    const watching = await console_.open('/console');
    await watching.locator('.column').getByText('Новых инцидентов нет').waitFor();
    // From here on the stream is the only source of cards.
    await watching.route(/\/incidents\/\?/, (route) => route.abort());
    const shownAt = watching.evaluate(waitForCard, 'Оплата не проходит');
    const page = await console_.open('/console/report');
    await page.getByLabel('Суть').fill('Оплата не проходит');
    await page.getByLabel('Описание').fill('С 12:40, у всех');
    await page.getByLabel('Важность').selectOption('critical');
    await page.getByLabel(/^Метки/).fill('region=eu');
    const isReported = page.waitForResponse((reply) => reply.request().method() === 'POST');
    await page.getByRole('button', { name: 'Сообщить' }).click();
    const { startTime } = (await isReported).request().timing();
    await page.getByRole('heading', { name: 'Оплата не проходит' }).waitFor();
    console.log(
      `console: shown on a second page ${Math.round((await shownAt) - startTime)} ms after the report`,
    );

    await page.getByRole('button', { name: 'Взять в работу' }).click();
    await watching
      .locator('.column[data-status="в работе"] .card', { hasText: 'Оплата не проходит' })
      .waitFor();
    await page.getByLabel('Комментарий').fill('Перезапустил обработчик');
    await page.getByRole('button', { name: 'Отправить' }).click();
    await page.locator('.comment', { hasText: 'Перезапустил обработчик' }).waitFor();
    await page.getByRole('button', { name: 'Закрыть', exact: true }).first().click();
    await page.locator('.changes', { hasText: 'закрыт' }).waitFor();

    const [incident] = await send<Incident[]>('GET', '/incidents/');
    expect(incident).toMatchObject({ status: 'закрыт', severity: 'critical', labels: { region: 'eu' } });
    const events = await send<IncidentEvent[]>('GET', `/incidents/${incident?.id}/events`);
    expect(events.map(({ kind }) => kind)).toEqual(['created', 'updated', 'commented', 'updated']);
    await page.locator('.deliveries li').first().waitFor();
  });

  test('shows the newest of its events, and earlier ones on demand', async () => {
    const { id } = await reportIncident(console_);
    await database.db.pool.query(
      `insert into incident_events (incident_id, kind, comment, actor, request_id)
       select $1, 'commented', 'событие ' || n, 'anonymous', 'r' from generate_series(1, 1040) as n`,
      [id],
    );
    const page = await console_.open(`/console/incidents/${id}`);
    const comments = page.locator('.comment');
    await page.getByText('событие 1040', { exact: true }).waitFor();
    await page.getByLabel('Комментарий').fill('последнее');
    await page.getByRole('button', { name: 'Отправить' }).click();
    await comments.last().getByText('последнее').waitFor();
    const showEarlier = page.getByRole('button', { name: 'Показать более ранние события' });
    for (const shown of [200, 400, 800, 1042]) {
      await showEarlier.click();
      await eventually(async () => expect(await page.locator('.history-entry').count()).toBe(shown));
    }
    expect(await showEarlier.count()).toBe(0);
    await page.locator('.history-entry').first().getByText('создан').waitFor();
    const texts = (await comments.allTextContents()).filter((text) => text.startsWith('событие'));
    expect(texts).toEqual(Array.from({ length: 1040 }, (_, index) => `событие ${index + 1}`));

    const laterPages: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('after=')) laterPages.push(request.url());
    });
    await send('POST', `/incidents/${id}/comments`, { text: 'от другого' });
    await comments.last().getByText('от другого').waitFor();
    expect(await page.locator('.history-entry').count()).toBe(1_043);
    expect(laterPages).toEqual([]);
  });

  test('is read again after its events, and polled without a stream', async () => {
    const { id } = await reportIncident(console_);
    const page = await console_.open('/console/nothing');
    await page.clock.install();
    const reads: string[] = [];
    page.on('request', (request) => reads.push(new URL(request.url()).pathname));
    const stream = page.waitForResponse(/\/incidents\/stream/);
    await page.goto(`${console_.url}/console/incidents/${id}`);
    await stream;
    await send('PATCH', `/incidents/${id}`, { assignee: 'Мария' });
    await page.locator('.details').getByText('Мария').waitFor();
    // Reads that the start of the stream and the event cause may still be under way.
    await eventually(async () => {
      reads.length = 0;
      for (let polls = 0; polls < 2; polls++) {
        const pollDeliveries = page.waitForRequest(/\/deliveries/);
        await page.clock.fastForward(5_000);
        await pollDeliveries;
      }
      expect(reads).not.toContain(`/incidents/${id}`);
    });

    await page.route(/\/incidents\/stream/, (route) => route.abort());
    await page.reload();
    await page.locator('.details').getByText('Мария').waitFor();
    await send('PATCH', `/incidents/${id}`, { assignee: 'Игорь' });
    await page.clock.fastForward(10_000);
    await page.locator('.details').getByText('Игорь').waitFor();
  });

  test('is read again after an event during its first read', async () => {
    const { id } = await reportIncident(console_);
    const page = await console_.open('/console/nothing');
    const stream = page.waitForResponse(/\/incidents\/stream/);
    let isFirst = true;
    await page.route(`${console_.url}/incidents/${id}`, async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      const response = await route.fetch();
      await stream;
      await page.evaluate(assignToMaria, `/incidents/${id}`);
      return route.fulfill({ response });
    });
    await page.goto(`${console_.url}/console/incidents/${id}`);
    await page.locator('.details').getByText('Мария').waitFor();
  });

  test('gets one comment when the reply to the first attempt is lost', async () => {
    const { id } = await reportIncident(console_);
    const page = await console_.open(`/console/incidents/${id}`);
    await page.getByLabel('Комментарий').fill('Один раз');
    let isFirst = true;
    await page.route('**/comments', async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Отправить' }).click();
    await page.locator('.comment-form .field-error').waitFor();
    await page.getByRole('button', { name: 'Отправить' }).click();
    await eventually(async () => expect(await page.getByLabel('Комментарий').inputValue()).toBe(''));
    const events = await send<IncidentEvent[]>('GET', `/incidents/${id}/events`);
    expect(events.filter(({ kind }) => kind === 'commented')).toHaveLength(1);
  });

  test('is edited in place; a conflict shows the other value and keeps the draft', async () => {
    const { id } = await reportIncident(console_, { assignee: 'Анна' });
    // The address in messages: a browser is led to the page.
    const page = await console_.open(`/incidents/${id}`);
    await page.getByRole('button', { name: 'Изменить: Ответственный' }).click();
    const input = page.getByRole('textbox', { name: 'Ответственный' });
    await input.fill('Игорь');
    await send('PATCH', `/incidents/${id}`, { assignee: 'Мария' });
    await input.press('Enter');
    await page.getByRole('alert').getByText('Пока вы правили, инцидент изменился').waitFor();
    await page.locator('.conflict pre', { hasText: 'Мария' }).waitFor();
    expect(await input.inputValue()).toBe('Игорь');
    expect((await send<Incident>('GET', `/incidents/${id}`)).assignee).toBe('Мария');
    await page.getByRole('button', { name: 'Записать моё' }).click();
    await eventually(async () =>
      expect((await send<Incident>('GET', `/incidents/${id}`)).assignee).toBe('Игорь'),
    );
  });

  test('shows the refusal of a field beside it', async () => {
    const { id } = await reportIncident(console_);
    const page = await console_.open(`/console/incidents/${id}`);
    await page.getByRole('button', { name: 'Изменить: Бот' }).click();
    await page.getByRole('textbox', { name: 'Бот' }).fill('не бот');
    await page.getByRole('textbox', { name: 'Бот' }).press('Enter');
    await page.locator('.field-error').waitFor();
    expect(await page.getByRole('textbox', { name: 'Бот' }).inputValue()).toBe('не бот');
  });

  test('is deleted after a question, and leads back to the board', async () => {
    const { id } = await reportIncident(console_, { text: 'Лишний' });
    const page = await console_.open(`/console/incidents/${id}`);
    await page.getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('dialog').getByText('исчезнет с доски').waitFor();
    await page.getByRole('button', { name: 'Отмена' }).click();
    expect((await send<Incident>('GET', `/incidents/${id}`)).text).toBe('Лишний');
    await page.getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('status').getByText(`Инцидент №${id} удалён`).waitFor();
    await page.getByRole('heading', { name: 'Доска' }).waitFor();
    expect((await fetch(`${console_.url}/incidents/${id}`)).status).toBe(404);
    await page.goBack();
    // The history and the deliveries may learn of it before the page.
    await page.locator('.details').waitFor({ state: 'detached' });
    await page.getByText('Инцидент не найден').waitFor();
  });

  test('is not deleted when another client has changed it since the dialog opened', async () => {
    const { id } = await reportIncident(console_, { text: 'Ещё нужен' });
    const page = await console_.open(`/console/incidents/${id}`);
    await page.getByRole('button', { name: 'Удалить' }).click();
    await send('PATCH', `/incidents/${id}`, { assignee: 'Мария' });
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('alert').getByText(`Инцидент №${id} успели изменить`).waitFor();
    await page.locator('.details').getByText('Мария').waitFor();
    expect((await send<Incident>('GET', `/incidents/${id}`)).assignee).toBe('Мария');
  });

  test('that another client has deleted leads back to the board', async () => {
    const { id } = await reportIncident(console_, { text: 'Уже удалён' });
    const page = await console_.open(`/console/incidents/${id}`);
    await page.getByRole('button', { name: 'Удалить' }).click();
    // The page does not learn of the deletion before it sends its own.
    await page.route(`**/incidents/${id}`, (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await send('DELETE', `/incidents/${id}`);
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('status').getByText(`Инцидент №${id} уже удалён`).waitFor();
    await page.getByRole('heading', { name: 'Доска' }).waitFor();
  });

  test('that does not exist has a page that says so', async () => {
    const page = await console_.open('/console/incidents/999999');
    await page.getByText('Инцидент не найден').waitFor();
    await page.goto(`${console_.url}/console/incidents/abc`);
    await page.getByRole('heading', { name: 'Такой страницы нет' }).waitFor();
  });
});

describe.skipIf(!hasBrowser)('the report form', () => {
  test('shows errors beside their fields in the words of the service', async () => {
    const page = await console_.open('/console/report');
    await page.getByLabel('Суть').fill('x'.repeat(1001));
    await page.getByLabel('Описание').fill('подробно');
    await page.getByLabel(/^Ссылки/).fill('https://ok.example\nне ссылка');
    await page.getByRole('button', { name: 'Сообщить' }).click();
    const text = page.getByLabel('Суть');
    await page.locator('#text-error', { hasText: '1000' }).waitFor();
    expect(await text.getAttribute('aria-invalid')).toBe('true');
    expect(await text.getAttribute('aria-describedby')).toContain('text-error');
    await page.locator('#links-error').waitFor();
    expect(await page.locator('#description-error').count()).toBe(0);
  });

  test('loses nothing while the service is away, and makes one incident', async () => {
    const page = await console_.open('/console/report');
    await page.getByLabel('Суть').fill('Сообщение без сети');
    await page.getByLabel('Описание').fill('Долго набирал');
    await console_.restartApi(async () => {
      await page.getByRole('button', { name: 'Сообщить' }).click();
      await page.getByRole('alert').getByText('Всё введённое сохранено').waitFor();
      await page.reload().catch(() => {});
    });
    await page.goto(`${console_.url}/console/report`);
    expect(await page.getByLabel('Суть').inputValue()).toBe('Сообщение без сети');
    // The reply to the first attempt is lost, but the service has stored the incident.
    let isFirst = true;
    await page.route('**/incidents/', async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Сообщить' }).click();
    await page.getByRole('alert').getByText('Всё введённое сохранено').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Сообщить' }).click();
    await page.getByRole('heading', { name: 'Сообщение без сети' }).waitFor();
    const all = await send<Incident[]>('GET', '/incidents/?limit=100');
    expect(all.filter(({ text }) => text === 'Сообщение без сети')).toHaveLength(1);
  });
});
