import { describe, expect, it } from 'vitest';
import { never, onlyMessage, readHeader, useEmail } from './testing/email-fixture.ts';
import { entry } from './testing/notices.ts';

const { start } = useEmail();

describe('createEmailChannel: sendDigest', () => {
  it('lists every incident', async () => {
    const { server, channel } = await start();
    const entries = [
      entry(),
      entry({ id: 13, status: 'закрыт', source: 'monitoring', text: 'Диск\nполон <b>совсем</b>' }),
    ];
    const outcome = await channel.sendDigest(
      { deliveryIds: entries.map((_, index) => 900 + index), recipient: 'duty@example.com', entries },
      never,
    );
    const { mail, raw } = onlyMessage(server);
    expect(mail.subject).toBe('Новые инциденты: 2');
    expect(mail.text).toBe(`Новые инциденты: 2

№12 · 2025-11-08 12:00 UTC · новый · ошибка · operator · Бот не отвечает на команды
№13 · 2025-11-08 12:00 UTC · закрыт · ошибка · monitoring · Диск полон <b>совсем</b>
`);
    expect(mail.html).toContain('№12</td>');
    expect(mail.html).toContain('<bdi>Диск полон &lt;b&gt;совсем&lt;/b&gt;</bdi>');
    expect(readHeader(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(mail.messageId).toMatch(/^<digest-900\.[0-9a-f]{16}@example\.com>$/);
    expect(mail).not.toHaveProperty('references');
    expect(outcome).toEqual({ kind: 'sent', providerMessageId: mail.messageId });
  });

  it('shows bot, assignee and occurrences, and has a high priority with an escalation', async () => {
    const { server, channel } = await start();
    const details = { bot: 'shop_bot', assignee: 'Анна', occurrences: 12, kind: 'escalated' } as const;
    const recipient = 'duty@example.com';
    await channel.sendDigest({ deliveryIds: [900], recipient, entries: [entry(details)] }, never);
    const { mail, raw } = onlyMessage(server);
    expect(mail.subject).toBe('Не взяты в работу: 1');
    expect(mail.text).toContain(
      '🚨 №12 · 2025-11-08 12:00 UTC · новый · ошибка · operator · @shop_bot · Анна · ×12 · ',
    );
    expect(String(mail.html).replace(/\s+/g, ' ')).toContain(
      '🚨 ошибка · <bdi>operator</bdi> · <bdi>@shop_bot</bdi> · <bdi>Анна</bdi> · <bdi>×12</bdi> · ',
    );
    expect(readHeader(raw, 'X-Priority')).toMatch(/^1/);
  });

  it('links each number with PUBLIC_URL', async () => {
    const { server, channel } = await start({ publicUrl: 'https://ops.example.com' });
    const entries = [entry(), entry({ id: 13 })];
    await channel.sendDigest({ deliveryIds: [1, 2], recipient: 'duty@example.com', entries }, never);
    const { mail } = onlyMessage(server);
    for (const id of [12, 13]) {
      expect(mail.html).toMatch(
        new RegExp(`<a class="link" href="https://ops\\.example\\.com/incidents/${id}"[^>]*>№${id}</a>`),
      );
    }
  });

  it('has an id that depends on its deliveries and its recipient', async () => {
    const { server, channel } = await start();
    const digest = { deliveryIds: [900], recipient: 'duty@example.com', entries: [entry()] };
    await channel.sendDigest(digest, never);
    await channel.sendDigest(digest, never);
    const more = { deliveryIds: [900, 901], entries: [entry(), entry({ id: 13 })] };
    await channel.sendDigest({ ...digest, ...more }, never);
    await channel.sendDigest({ ...digest, recipient: 'chief@example.com' }, never);
    const [one, two, three] = server.mailbox('duty@example.com').map(({ mail }) => mail.messageId);
    expect(two).toBe(one);
    expect(three).not.toBe(one);
    expect(onlyMessage(server, 'chief@example.com').mail.messageId).not.toBe(one);
  });

  it('fits 500 incidents', async () => {
    const { server, channel } = await start();
    const entries = Array.from({ length: 500 }, (_, index) =>
      entry({ id: index + 1, text: 'й'.repeat(1_000) }),
    );
    expect(channel.countFittingEntries(entries)).toBe(500);
    const deliveryIds = entries.map(({ id }) => id);
    await channel.sendDigest({ deliveryIds, recipient: 'duty@example.com', entries }, never);
    const { mail } = onlyMessage(server);
    expect(mail.text?.match(/^№\d+ · /gm)).toHaveLength(500);
    expect(String(mail.html).match(/№\d+<\/td>/g)).toHaveLength(500);
  });
});
