import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

// A mail server as a process of its own, which takes everything. The first line on standard output is JSON:
// { url }; every message is another: { at, recipients, subject, text, inReplyTo }, `at` in milliseconds of Unix time.
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  authOptional: true,
  disableReverseLookup: true,
  closeTimeout: 1,
  logger: false,
  onData(stream, session, callback) {
    const at = Date.now();
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    simpleParser(stream, { skipTextToHtml: true, skipHtmlToText: true }).then(
      ({ subject, text, inReplyTo }) => {
        say({ at, recipients, subject: subject ?? '', text: text ?? '', inReplyTo: inReplyTo ?? null });
        callback();
      },
      callback,
    );
  },
});
// A client that breaks a conversation off is nothing unusual here.
server.on('error', () => {});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.server.address() as AddressInfo;
say({ url: `smtp://127.0.0.1:${port}` });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
// Whoever started it is gone. Waiting for that alone keeps nobody here.
process.once('disconnect', () => void server.close());
process.channel?.unref();
