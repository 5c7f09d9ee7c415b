import { describe, expect, it } from 'vitest';
import { never, onlyMessage, useEmail } from './testing/email-fixture.ts';
import { change, entry, notice } from './testing/notices.ts';

const { start } = useEmail();

describe('createEmailChannel: hostile input', () => {
  const attack = '<script>alert(1)</script> "><img src=x onerror=alert(1)> &amp; \'';

  it('is escaped in HTML', async () => {
    const { server, channel } = await start();
    await channel.send(notice({ incident: { text: attack, description: attack, source: attack } }), never);
    const { mail } = onlyMessage(server);
    expect(mail.html).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
    const escaped =
      '&lt;script&gt;alert(1)&lt;/script&gt; &quot;&gt;&lt;img src=x onerror=alert(1)&gt; &amp;amp; &#39;';
    expect(String(mail.html).split(escaped)).toHaveLength(4);
    expect(mail.text).toContain(attack);
  });

  it('cannot add a header', async () => {
    const { server, channel } = await start();
    const injected = 'Fire\r\nBcc: evil@example.com\r\n\r\nAnother body\u2028X-Evil: yes';
    await channel.send(
      notice({ incident: { text: injected, description: injected, source: injected } }),
      never,
    );
    const { mail, recipients } = onlyMessage(server);
    expect(recipients).toEqual(['duty@example.com']);
    expect(mail.bcc).toBeUndefined();
    expect(mail.headers.has('x-evil')).toBe(false);
    expect(mail.subject).toBe('Инцидент №12: Fire Bcc: evil@example.com Another body X-Evil: yes');
    expect(mail.text).toBe(`Новый инцидент №12

Fire Bcc: evil@example.com Another body X-Evil: yes

Fire
Bcc: evil@example.com

Another body
X-Evil: yes

Статус: новый
Уровень: ошибка
Источник: Fire Bcc: evil@example.com Another body X-Evil: yes
Создан: 2025-11-08 12:00 UTC
`);
    expect(server.mailbox('evil@example.com')).toEqual([]);
  });

  it.each([
    'duty@example.com\r\nBcc: evil@example.com',
    'duty@example.com, evil@example.com',
    'duty@example.com>\r\nRCPT TO:<evil@example.com',
    '"duty@example.com" <evil@example.com>',
    'duty@example.com evil@example.com',
    'duty@example.com\u0000',
    'duty',
    '',
  ])('is refused as a recipient: %j', async (recipient) => {
    const { server, channel } = await start();
    const error = 'the recipient is not one e-mail address';
    expect(await channel.send(notice({ recipient }), never)).toEqual({ kind: 'failed', error });
    expect(await channel.sendDigest({ deliveryIds: [1], recipient, entries: [entry()] }, never)).toEqual({
      kind: 'failed',
      error,
    });
    expect(server.connections()).toBe(0);
  });

  it('loses marks of direction and controls, but keeps emoji', async () => {
    const { server, channel } = await start();
    const text = '\u202Eexe.gpj\u202C \u2067fire\u2069 \u0000\u0007\u001B[31m 👩‍🚒🔥 پایگاه';
    await channel.send(
      notice({ incident: { text, source: '\u202Eevil', description: `a\u0007b\n${text}` } }),
      never,
    );
    const { mail } = onlyMessage(server);
    expect(mail.subject).toBe('Инцидент №12: exe.gpj fire [31m 👩‍🚒🔥 پایگاه');
    expect(mail.text).toContain('\nИсточник: evil\n');
    expect(mail.text).toContain('\nab\n');
    expect(mail.html).toContain('<bdi>evil</bdi>');
    expect(mail.html).toContain('exe.gpj fire [31m 👩‍🚒🔥 پایگاه</h1>');
  });

  it('never makes the mailer open files or URLs', async () => {
    const { server, channel } = await start();
    const description = 'file:///etc/passwd http://127.0.0.1/ <img src="data:image/png;base64,AAAA">';
    await channel.send(notice({ incident: { description } }), never);
    const { mail } = onlyMessage(server);
    expect(mail.text).toContain(description);
    expect(mail.attachments).toEqual([]);
  });

  it('truncates a long subject between graphemes and keeps a long text', async () => {
    const { server, channel } = await start();
    const text = '👩‍🚒'.repeat(200);
    const description = `${'й'.repeat(32_000)}\n. \n.\n${'x'.repeat(1_500)}`;
    await channel.send(notice({ incident: { text, description } }), never);
    await channel.send(notice({ deliveryId: 346, incident: { text }, event: change({ id: 2 }) }), never);
    const [created, updated] = server.mailbox('duty@example.com').map(({ mail }) => mail);
    expect(created?.subject).toMatch(/^Инцидент №12: (👩‍🚒)+…$/u);
    expect(created?.subject?.length).toBeLessThanOrEqual(150);
    expect(updated?.subject).toBe(`Re: ${created?.subject}`);
    expect(created?.text).toContain(`\n\n${description}\n\n`);
    expect(created?.text).toContain(text);
  });
});
