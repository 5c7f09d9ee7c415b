import { describe, expect, it } from 'vitest';
import { never, onlyMessage, readHeader, useEmail } from './testing/email-fixture.ts';
import { change, notice } from './testing/notices.ts';

const { start } = useEmail();

describe('createEmailChannel: threads', () => {
  it('creates one thread per incident and recipient, rooted at the creation', async () => {
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

  it('repeats the message id when the first attempt arrived without a reply', async () => {
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
    // The present state of the incident does not change the id.
    const again = await channel.send({ ...about, incident: { ...about.incident, status: 'закрыт' } }, never);
    const ids = server.mailbox('duty@example.com').map(({ mail }) => mail.messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(again).toEqual({ kind: 'sent', providerMessageId: ids[0] });
  });

  it('separates incidents of the same number in different databases', async () => {
    const { server, channel } = await start();
    await channel.send(notice(), never);
    await channel.send(notice({ incident: { created_at: '2026-01-01T00:00:00.000Z' } }), never);
    const ids = server.mailbox('duty@example.com').map(({ mail }) => mail.messageId);
    expect(new Set(ids).size).toBe(2);
  });

  it('encodes international domains as ASCII in ids and addresses', async () => {
    const { server, channel } = await start({ from: 'Служба <incidents@пример.рф>' });
    await channel.send(notice({ recipient: 'duty@пример.рф' }), never);
    // The fake server decodes domains.
    const { mail, raw } = onlyMessage(server, 'duty@пример.рф');
    expect(mail.messageId).toMatch(/@xn--e1afmkfd\.xn--p1ai>$/);
    expect(readHeader(raw, 'From')).toMatch(/<incidents@xn--e1afmkfd\.xn--p1ai>$/);
    expect(readHeader(raw, 'To')).toBe('duty@xn--e1afmkfd.xn--p1ai');
  });
});
