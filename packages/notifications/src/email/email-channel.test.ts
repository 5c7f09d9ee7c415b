import { describe, expect, it } from 'vitest';
import { createWording } from '../messages/wording.ts';
import { createEmailChannel } from './email-channel.ts';
import { never, onlyMessage, readHeader, useEmail } from './testing/email-fixture.ts';
import { change, entry, notice } from './testing/notices.ts';

const { logger, lines, start } = useEmail();

describe('createEmailChannel', () => {
  it('throws TypeError for an invalid sender or server', () => {
    const rest = { wording: createWording({ locale: 'ru', timeZone: 'UTC' }), logger };
    const make = (from: string, smtpUrl: string) => () => createEmailChannel({ ...rest, from, smtpUrl });
    expect(make('invalid', 'smtp://127.0.0.1')).toThrow(TypeError);
    expect(make('a@example.com', 'invalid')).toThrow(TypeError);
  });
});

describe('createEmailChannel: message about a new incident', () => {
  it('is in Russian', async () => {
    const { server, channel } = await start({ from: 'Служба инцидентов <incidents@example.com>' });
    const outcome = await channel.send(notice(), never);

    const { from, recipients, mail, raw } = onlyMessage(server);
    expect(from).toBe('incidents@example.com');
    expect(recipients).toEqual(['duty@example.com']);
    expect(mail.from?.value).toEqual([{ name: 'Служба инцидентов', address: 'incidents@example.com' }]);
    expect(mail.to).toMatchObject({ value: [{ name: '', address: 'duty@example.com' }] });
    expect(mail.subject).toBe('Инцидент №12: Бот не отвечает на команды');
    expect(mail.text).toBe(`Новый инцидент №12

Бот не отвечает на команды

После обновления бот перестал реагировать на /start

Статус: новый
Уровень: ошибка
Источник: operator
Создан: 2025-11-08 12:00 UTC
`);
    expect(mail.html).toContain('<html lang="ru">');
    expect(mail.html).toContain('Бот не отвечает на команды');
    expect(mail.html).toContain('После обновления бот перестал реагировать на /start');
    expect(mail.attachments).toEqual([]);
    expect(readHeader(raw, 'Content-Type')).toMatch(/^multipart\/alternative;/);
    expect(raw.match(/^Content-Transfer-Encoding: base64\r$/gm)).toHaveLength(2);
    expect(readHeader(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(readHeader(raw, 'X-Incident-Id')).toBe('12');
    expect(readHeader(raw, 'X-Mailer')).toBeUndefined();
    expect(Math.abs((mail.date?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(outcome).toEqual({ kind: 'sent', providerMessageId: mail.messageId });
    expect(lines).toContainEqual(expect.objectContaining({ message_id: mail.messageId }));
  });

  it('is in English', async () => {
    const { server, channel } = await start({ locale: 'en' });
    await channel.send(
      notice({
        incident: { text: 'The bot is dead', description: 'Since\r\n\r\n  the update', status: 'в работе' },
      }),
      never,
    );
    const { mail } = onlyMessage(server);
    expect(mail.subject).toBe('Incident #12: The bot is dead');
    expect(mail.text).toBe(`New incident #12

The bot is dead

Since

  the update

Status: в работе
Severity: error
Source: operator
Created: 2025-11-08 12:00 UTC
`);
    expect(mail.html).toContain('<html lang="en">');
    expect(mail.html).toContain('Since<br><br>  the update');
  });
});

describe('createEmailChannel: urgent message', () => {
  it.each([
    { incident: { severity: 'critical' } },
    { event: change({ kind: 'escalated', changes: {}, actor: 'worker' }) },
  ])('has a high priority and a mark: %j', async (differing) => {
    const { server, channel } = await start();
    await channel.send(notice(differing), never);
    const { mail, raw } = onlyMessage(server);
    expect(readHeader(raw, 'Importance')).toBe('High');
    expect(mail.text).toMatch(/^🚨 /);
    expect(mail.html).toContain('🚨 ');
  });

  it('stays in the thread of its incident', async () => {
    const { server, channel } = await start();
    await channel.send(notice({ event: change({ kind: 'occurred_again', changes: {} }) }), never);
    const { mail, raw } = onlyMessage(server);
    expect(mail.subject).toMatch(/^Re: Инцидент №12: /);
    expect(mail.inReplyTo).toMatch(/^<incident-12\./);
    expect(readHeader(raw, 'Importance')).toBeUndefined();
  });
});

describe('createEmailChannel: message about a change', () => {
  const inProgress = { incident: { status: 'в работе' }, event: change({ actor: 'key:3:Иванов, дежурный' }) };

  it('has the change, the actor and a link in Russian', async () => {
    const { server, channel } = await start({
      timeZone: 'Europe/Moscow',
      publicUrl: "https://ops.example.com/it's&service",
    });
    await channel.send(notice(inProgress), never);
    const { mail } = onlyMessage(server);
    expect(mail.text).toBe(`Инцидент №12: новый → в работе

Бот не отвечает на команды

После обновления бот перестал реагировать на /start

Статус: новый → в работе
Уровень: ошибка
Источник: operator
Создан: 2025-11-08 15:00 UTC+3
Кто: Иванов, дежурный (ключ №3)

https://ops.example.com/it's&service/incidents/12
`);
    expect(mail.html).toMatch(/>новый<\/span> → <span [^>]*>в работе<\/span>/);
    expect(mail.html).toContain('<bdi>Иванов, дежурный (ключ №3)</bdi>');
    expect(mail.html).toMatch(
      /<a class="link" href="https:\/\/ops\.example\.com\/it&#39;s&amp;service\/incidents\/12"[^>]*>Открыть инцидент<\/a>/,
    );
  });

  it('has no link in English without PUBLIC_URL', async () => {
    const { server, channel } = await start({ locale: 'en' });
    await channel.send(notice(inProgress), never);
    const { mail } = onlyMessage(server);
    expect(mail.text).toMatch(/^Incident #12: новый → в работе\n/);
    expect(mail.text).toContain(
      '\nStatus: новый → в работе\nSeverity: error\nSource: operator\nCreated: 2025-11-08 12:00 UTC\n',
    );
    expect(mail.text).toMatch(/\nBy: Иванов, дежурный \(key #3\)\n$/);
    expect(mail.html).not.toContain('href');
  });

  it('has the present status when it differs from that of the event', async () => {
    const { server, channel } = await start();
    await channel.send(notice({ ...inProgress, incident: { status: 'закрыт' } }), never);
    const { mail } = onlyMessage(server);
    expect(mail.text).toContain(
      '\nСтатус: новый → в работе\nСейчас: закрыт\nУровень: ошибка\nИсточник: operator\n',
    );
    expect(mail.html).toMatch(/>Сейчас<\/td>[\s\S]*>закрыт<\/span>/);
  });

  it('escapes actor and statuses, each on one line', async () => {
    const { server, channel } = await start();
    const event = change({
      actor: `key:3:<b>\r\nКто: директор\u202E${'й'.repeat(300)}`,
      changes: { status: { from: '<i>\n', to: '</span>' } },
    });
    await channel.send(notice({ event }), never);
    const { mail } = onlyMessage(server);
    expect(mail.text).toMatch(/\nСтатус: <i> → <\/span>\n/);
    expect(mail.text).toMatch(/\nКто: <b> Кто: директор й+… \(ключ №3\)\n$/);
    expect(/\nКто: (.*)\n$/.exec(mail.text ?? '')?.[1]?.length).toBeLessThan(140);
    expect(mail.html).toContain('<bdi>&lt;b&gt; Кто: директор');
    expect(mail.html).toContain('>&lt;i&gt;</span> → ');
    expect(mail.html).not.toMatch(/<b>|<i>/);
  });

  it('names the key that created an incident', async () => {
    const { server, channel } = await start();
    const event = { id: 77, kind: 'created', changes: {}, actor: 'key:ADMIN_API_KEY' } as const;
    await channel.send(notice({ event }), never);
    expect(onlyMessage(server).mail.text).toContain('\nКто: ключ администратора\n');
  });
});

describe('createEmailChannel: unknown status', () => {
  it.each(['отложен', 'constructor', '__proto__', ''])('shows "%s" unchanged', async (status) => {
    const { server, channel } = await start();
    expect(await channel.send(notice({ incident: { status } }), never)).toMatchObject({ kind: 'sent' });
    const { mail } = onlyMessage(server);
    expect(mail.text).toContain(`Статус: ${status}\n`);
    expect(mail.html).toContain(`background:#eef0f3;color:#5b6470;font-weight:600">${status}</span>`);
  });

  it('stays on its line in a digest', async () => {
    const { server, channel } = await start();
    const entries = [entry({ status: 'a\nb' }), entry({ id: 13 })];
    await channel.sendDigest({ deliveryIds: [1, 2], recipient: 'duty@example.com', entries }, never);
    expect(
      onlyMessage(server)
        .mail.text?.split('\n')
        .filter((line) => line.startsWith('№')),
    ).toHaveLength(2);
  });
});
