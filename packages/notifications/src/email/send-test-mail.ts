import { randomUUID } from 'node:crypto';
import type { Transporter } from 'nodemailer';
import type { Messages } from '../messages/messages.ts';
import { toOneLine } from '../messages/to-one-line.ts';
import { extractDomain, isOneAddress } from './address.ts';
import { AUTOMATIC_HEADERS } from './compose-mail.ts';
import type { Sender } from './sender.ts';
import { type ServerTest, testMailServer } from './test-mail-server.ts';

/**
 * Returns the server's reply.
 * @throws Error with the reason why it was not sent, in one line
 */
export async function sendTestMail(
  options: ServerTest & {
    mailer: Pick<Transporter<{ response: string }>, 'sendMail' | 'verify'>;
    sender: Sender;
    recipient: string;
    messages: Messages;
  },
): Promise<string> {
  const { mailer, sender, recipient, messages } = options;
  if (!isOneAddress(recipient)) throw new Error('the recipient is not one e-mail address');
  return testMailServer(options, async (signal) => {
    const { response } = await mailer.sendMail({
      from: sender,
      to: { name: '', address: recipient },
      envelope: { from: sender.address, to: [recipient] },
      messageId: `<test.${randomUUID()}@${extractDomain(sender.address)}>`,
      headers: AUTOMATIC_HEADERS,
      subject: messages.test.subject,
      text: `${messages.test.text}\n`,
      signal,
      xMailer: false,
    });
    return toOneLine(response);
  });
}
