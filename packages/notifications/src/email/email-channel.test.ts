import {
  closeMailServersAfterEach,
  type MailServer,
  type Script,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestLogger } from '@incidents/testing/test-logger';
import { afterEach, describe, expect, it } from 'vitest';
import { createWording, type WordingSettings } from '../messages/wording.ts';
import { createEmailChannel } from './email-channel.ts';
import { change, entry, notice } from './testing/notices.ts';

const { logger, lines } = useTestLogger();
closeMailServersAfterEach();
const channels: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.close()));
});

const never = new AbortController().signal;

async function start(options: { from?: string; script?: Script } & Partial<WordingSettings> = {}) {
  const server = await startMailServer(options.script);
  const channel = createEmailChannel({
    smtpUrl: server.url,
    from: options.from ?? 'incidents@example.com',
    wording: createWording({ locale: 'ru', timeZone: 'UTC', ...options }),
    logger,
  });
  channels.push(channel);
  return { server, channel };
}

/** The only message of a mailbox. */
function only(server: MailServer, address = 'duty@example.com') {
  const [received, ...more] = server.mailbox(address);
  if (received === undefined) throw new Error(`nothing came for ${address}`);
  expect(more).toEqual([]);
  return received;
}

/** The header of a raw message, folded lines joined. */
const headerOf = (raw: string, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(raw.split('\r\n\r\n')[0]?.replace(/\r\n[ \t]+/g, ' ') ?? '')?.[1];

describe('the message about a new incident', () => {
  it('in Russian, literally', async () => {
    const { server, channel } = await start({ from: 'Служба инцидентов <incidents@example.com>' });
    const outcome = await channel.send(notice(), never);

    const { from, recipients, mail, raw } = only(server);
    expect(from).toBe('incidents@example.com');
    expect(recipients).toEqual(['duty@example.com']);
    expect(mail.from?.value).toEqual([{ name: 'Служба инцидентов', address: 'incidents@example.com' }]);
    expect(mail.to).toMatchObject({ value: [{ name: '', address: 'duty@example.com' }] });
    expect(mail.subject).toBe('Инцидент №12: Бот не отвечает на команды');
    expect(mail.text).toBe(`Новый инцидент №12

Бот не отвечает на команды

После обновления бот перестал реагировать на /start

Статус: новый
Источник: operator
Создан: 2025-11-08 12:00 UTC
`);
    expect(mail.html).toContain('<html lang="ru">');
    expect(mail.html).toContain('Бот не отвечает на команды');
    expect(mail.html).toContain('После обновления бот перестал реагировать на /start');
    expect(mail.attachments).toEqual([]);
    expect(headerOf(raw, 'Content-Type')).toMatch(/^multipart\/alternative;/);
    expect(raw.match(/^Content-Transfer-Encoding: base64\r$/gm)).toHaveLength(2);
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(headerOf(raw, 'X-Incident-Id')).toBe('12');
    expect(headerOf(raw, 'X-Mailer')).toBeUndefined();
    expect(Math.abs((mail.date?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(outcome).toEqual({ kind: 'sent', providerMessageId: mail.messageId });
    expect(lines).toContainEqual(expect.objectContaining({ message_id: mail.messageId }));
  });

  it('in English, literally', async () => {
    const { server, channel } = await start({ locale: 'en' });
    await channel.send(
      notice({
        incident: { text: 'The bot is dead', description: 'Since\r\n\r\n  the update', status: 'в работе' },
      }),
      never,
    );
    const { mail } = only(server);
    expect(mail.subject).toBe('Incident #12: The bot is dead');
    expect(mail.text).toBe(`New incident #12

The bot is dead

Since

  the update

Status: в работе
Source: operator
Created: 2025-11-08 12:00 UTC
`);
    expect(mail.html).toContain('<html lang="en">');
    expect(mail.html).toContain('Since<br><br>  the update');
  });
});

describe('the message about a change', () => {
  const inProgress = { incident: { status: 'в работе' }, event: change({ actor: 'key:3:Иванов, дежурный' }) };

  it('says what changed and who did it, in Russian, with a link', async () => {
    const { server, channel } = await start({
      timeZone: 'Europe/Moscow',
      publicUrl: "https://ops.example.com/it's&service",
    });
    await channel.send(notice(inProgress), never);
    const { mail } = only(server);
    expect(mail.text).toBe(`Инцидент №12: новый → в работе

Бот не отвечает на команды

После обновления бот перестал реагировать на /start

Статус: новый → в работе
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

  it('says so in English, and nothing of a page without PUBLIC_URL', async () => {
    const { server, channel } = await start({ locale: 'en' });
    await channel.send(notice(inProgress), never);
    const { mail } = only(server);
    expect(mail.text).toMatch(/^Incident #12: новый → в работе\n/);
    expect(mail.text).toContain(
      '\nStatus: новый → в работе\nSource: operator\nCreated: 2025-11-08 12:00 UTC\n',
    );
    expect(mail.text).toMatch(/\nBy: Иванов, дежурный \(key #3\)\n$/);
    expect(mail.html).not.toContain('href');
  });

  it('also says the present status when a later change was faster', async () => {
    const { server, channel } = await start();
    await channel.send(notice({ ...inProgress, incident: { status: 'закрыт' } }), never);
    const { mail } = only(server);
    expect(mail.text).toContain('\nСтатус: новый → в работе\nСейчас: закрыт\nИсточник: operator\n');
    expect(mail.html).toMatch(/>Сейчас<\/td>[\s\S]*>закрыт<\/span>/);
  });

  it('escapes actor and statuses and keeps each on one line', async () => {
    const { server, channel } = await start();
    const event = change({
      actor: `key:3:<b>\r\nКто: директор\u202E${'й'.repeat(300)}`,
      changes: { status: { from: '<i>\n', to: '</span>' } },
    });
    await channel.send(notice({ event }), never);
    const { mail } = only(server);
    expect(mail.text).toMatch(/\nСтатус: <i> → <\/span>\n/);
    expect(mail.text).toMatch(/\nКто: <b> Кто: директор й+… \(ключ №3\)\n$/);
    expect(/\nКто: (.*)\n$/.exec(mail.text ?? '')?.[1]?.length).toBeLessThan(140);
    expect(mail.html).toContain('<bdi>&lt;b&gt; Кто: директор');
    expect(mail.html).toContain('>&lt;i&gt;</span> → ');
    expect(mail.html).not.toMatch(/<b>|<i>/);
  });

  it('a new incident names the key that reported it', async () => {
    const { server, channel } = await start();
    const event = { id: 77, kind: 'created', changes: {}, actor: 'key:ADMIN_API_KEY' } as const;
    await channel.send(notice({ event }), never);
    expect(only(server).mail.text).toContain('\nКто: ключ администратора\n');
  });
});

describe('threads', () => {
  it('an incident is one thread for each recipient, whose first message is that of its creation', async () => {
    const { server, channel } = await start();
    const updated = change();
    const later = change({ id: 79 });
    for (const recipient of ['duty@example.com', 'chief@example.com']) {
      await channel.send(notice({ recipient }), never);
      await channel.send(notice({ recipient, deliveryId: 346, event: updated }), never);
      await channel.send(notice({ recipient, deliveryId: 347, event: later }), never);
    }

    const roots = ['duty@example.com', 'chief@example.com'].map((recipient) => {
      const [created, ...replies] = server.mailbox(recipient).map(({ mail }) => mail);
      const root = created?.messageId;
      expect(root).toMatch(/^<incident-12\.[0-9a-f]{16}@example\.com>$/);
      expect(created).not.toHaveProperty('inReplyTo');
      expect(created).not.toHaveProperty('references');
      expect(
        replies.map(({ inReplyTo, references, subject }) => ({ inReplyTo, references, subject })),
      ).toEqual(
        replies.map(() => ({
          inReplyTo: root,
          references: root,
          subject: 'Re: Инцидент №12: Бот не отвечает на команды',
        })),
      );
      expect(new Set([root, ...replies.map(({ messageId }) => messageId)]).size).toBe(3);
      return root;
    });
    expect(new Set(roots).size).toBe(2);
  });

  it('an attempt after one that arrived all the same has the same id', async () => {
    const lost = new Set<string>();
    const { server, channel } = await start({
      script: {
        message(recipient) {
          if (lost.has(recipient)) return 'ok';
          lost.add(recipient);
          return 'drop';
        },
      },
    });
    const about = notice({ event: change() });
    expect((await channel.send(about, never)).kind).toBe('retry');
    // What has become of the incident since makes no other message of it.
    const again = await channel.send({ ...about, incident: { ...about.incident, status: 'закрыт' } }, never);
    const ids = server.mailbox('duty@example.com').map(({ mail }) => mail.messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(again).toEqual({ kind: 'sent', providerMessageId: ids[0] });
  });

  it('an incident of the same number in another database is another thread', async () => {
    const { server, channel } = await start();
    await channel.send(notice(), never);
    await channel.send(notice({ incident: { created_at: '2026-01-01T00:00:00.000Z' } }), never);
    const ids = server.mailbox('duty@example.com').map(({ mail }) => mail.messageId);
    expect(new Set(ids).size).toBe(2);
  });

  it('ids and addresses of an international domain are ASCII', async () => {
    const { server, channel } = await start({ from: 'Служба <incidents@пример.рф>' });
    await channel.send(notice({ recipient: 'duty@пример.рф' }), never);
    // The server under test shows domains as people write them.
    const { mail, raw } = only(server, 'duty@пример.рф');
    expect(mail.messageId).toMatch(/@xn--e1afmkfd\.xn--p1ai>$/);
    expect(headerOf(raw, 'From')).toMatch(/<incidents@xn--e1afmkfd\.xn--p1ai>$/);
    expect(headerOf(raw, 'To')).toBe('duty@xn--e1afmkfd.xn--p1ai');
  });
});

describe('a status that a hand has written', () => {
  it.each(['отложен', 'constructor', '__proto__', ''])('"%s" is shown as it is', async (status) => {
    const { server, channel } = await start();
    expect(await channel.send(notice({ incident: { status } }), never)).toMatchObject({ kind: 'sent' });
    const { mail } = only(server);
    expect(mail.text).toContain(`Статус: ${status}\n`);
    expect(mail.html).toContain(`background:#eef0f3;color:#5b6470;font-weight:600">${status}</span>`);
  });

  it('stays on its line in a digest too', async () => {
    const { server, channel } = await start();
    const entries = [entry({ status: 'a\nb' }), entry({ id: 13 })];
    await channel.sendDigest({ deliveryIds: [1, 2], recipient: 'duty@example.com', entries }, never);
    expect(
      only(server)
        .mail.text?.split('\n')
        .filter((line) => line.startsWith('№')),
    ).toHaveLength(2);
  });
});

describe('hostile input', () => {
  const attack = '<script>alert(1)</script> "><img src=x onerror=alert(1)> &amp; \'';

  it('is text in HTML, wherever it stands', async () => {
    const { server, channel } = await start();
    await channel.send(notice({ incident: { text: attack, description: attack, source: attack } }), never);
    const { mail } = only(server);
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
    const { mail, recipients } = only(server);
    expect(recipients).toEqual(['duty@example.com']);
    expect(mail.bcc).toBeUndefined();
    expect(mail.headers.has('x-evil')).toBe(false);
    expect(mail.subject).toBe('Инцидент №12: Fire Bcc: evil@example.com Another body X-Evil: yes');
    // The description has its lines; the rest of the text cannot pretend to be one of them.
    expect(mail.text).toBe(`Новый инцидент №12

Fire Bcc: evil@example.com Another body X-Evil: yes

Fire
Bcc: evil@example.com

Another body
X-Evil: yes

Статус: новый
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
  ])('is not a recipient: %j', async (recipient) => {
    const { server, channel } = await start();
    const error = 'the recipient is not one e-mail address';
    expect(await channel.send(notice({ recipient }), never)).toEqual({ kind: 'failed', error });
    expect(await channel.sendDigest({ deliveryIds: [1], recipient, entries: [entry()] }, never)).toEqual({
      kind: 'failed',
      error,
    });
    expect(server.connections()).toBe(0);
  });

  it('marks of direction and controls do not leave their place, emoji arrive', async () => {
    const { server, channel } = await start();
    const text = '\u202Eexe.gpj\u202C \u2067fire\u2069 \u0000\u0007\u001B[31m 👩‍🚒🔥 پایگاه';
    await channel.send(
      notice({ incident: { text, source: '\u202Eevil', description: `a\u0007b\n${text}` } }),
      never,
    );
    const { mail } = only(server);
    expect(mail.subject).toBe('Инцидент №12: exe.gpj fire [31m 👩‍🚒🔥 پایگاه');
    expect(mail.text).toContain('\nИсточник: evil\n');
    expect(mail.text).toContain('\nab\n');
    expect(mail.html).toContain('<bdi>evil</bdi>');
    expect(mail.html).toContain('exe.gpj fire [31m 👩‍🚒🔥 پایگاه</h1>');
  });

  it('files and addresses named in it are not opened', async () => {
    const { server, channel } = await start();
    const description = 'file:///etc/passwd http://127.0.0.1/ <img src="data:image/png;base64,AAAA">';
    await channel.send(notice({ incident: { description } }), never);
    const { mail } = only(server);
    expect(mail.text).toContain(description);
    expect(mail.attachments).toEqual([]);
  });

  it('a long subject is cut between characters, a long text arrives whole', async () => {
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

describe('a digest', () => {
  it('names every incident, literally', async () => {
    const { server, channel } = await start();
    const entries = [
      entry(),
      entry({ id: 13, status: 'закрыт', source: 'monitoring', text: 'Диск\nполон <b>совсем</b>' }),
    ];
    const outcome = await channel.sendDigest(
      { deliveryIds: entries.map((_, index) => 900 + index), recipient: 'duty@example.com', entries },
      never,
    );
    const { mail, raw } = only(server);
    expect(mail.subject).toBe('Новые инциденты: 2');
    expect(mail.text).toBe(`Новые инциденты: 2

№12 · 2025-11-08 12:00 UTC · новый · operator · Бот не отвечает на команды
№13 · 2025-11-08 12:00 UTC · закрыт · monitoring · Диск полон <b>совсем</b>
`);
    expect(mail.html).toContain('№12</td>');
    expect(mail.html).toContain('<bdi>Диск полон &lt;b&gt;совсем&lt;/b&gt;</bdi>');
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(mail.messageId).toMatch(/^<digest-900\.[0-9a-f]{16}@example\.com>$/);
    expect(mail).not.toHaveProperty('references');
    expect(outcome).toEqual({ kind: 'sent', providerMessageId: mail.messageId });
  });

  it('links each number when there are pages', async () => {
    const { server, channel } = await start({ publicUrl: 'https://ops.example.com' });
    const entries = [entry(), entry({ id: 13 })];
    await channel.sendDigest({ deliveryIds: [1, 2], recipient: 'duty@example.com', entries }, never);
    const { mail } = only(server);
    for (const id of [12, 13]) {
      expect(mail.html).toMatch(
        new RegExp(`<a class="link" href="https://ops\\.example\\.com/incidents/${id}"[^>]*>№${id}</a>`),
      );
    }
  });

  it('has the same id for the same incidents, another when more join it or for another recipient', async () => {
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
    expect(only(server, 'chief@example.com').mail.messageId).not.toBe(one);
  });

  it('holds all that it is given, and all of them arrive', async () => {
    const { server, channel } = await start();
    const entries = Array.from({ length: 500 }, (_, index) =>
      entry({ id: index + 1, text: 'й'.repeat(1_000) }),
    );
    expect(channel.countFittingEntries(entries)).toBe(500);
    const deliveryIds = entries.map(({ id }) => id);
    await channel.sendDigest({ deliveryIds, recipient: 'duty@example.com', entries }, never);
    const { mail } = only(server);
    expect(mail.text?.match(/^№\d+ · /gm)).toHaveLength(500);
    expect(String(mail.html).match(/№\d+<\/td>/g)).toHaveLength(500);
  });
});

it('is not made of a sender or server that are none', () => {
  const rest = { wording: createWording({ locale: 'ru', timeZone: 'UTC' }), logger };
  const make = (from: string, smtpUrl: string) => () => createEmailChannel({ ...rest, from, smtpUrl });
  expect(make('nobody', 'smtp://127.0.0.1')).toThrow(TypeError);
  expect(make('a@example.com', 'nowhere')).toThrow(TypeError);
});
