import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

// A mail server that accepts every message: `node serve-fake-mail-server.ts --port 2525 --latency 20`. The first line on
// standard output is { url } as JSON, and each message is another: { at, recipients, subject, text, inReplyTo }, `at` in
// milliseconds of Unix time. The parent refuses the next messages with { code, text, times } over the channel.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    /** Milliseconds from the end of a message to the answer. */
    latency: { type: 'string', default: '0' },
  },
});
const printLine = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

interface Refusal {
  code: number;
  text: string;
  times: number;
}
const refusals: Refusal[] = [];
process.on('message', (refusal: Refusal) => refusals.push(refusal));

function nextRefusal(): Error | undefined {
  const refusal = refusals.at(0);
  if (refusal === undefined) return undefined;
  refusal.times -= 1;
  if (refusal.times <= 0) refusals.shift();
  return Object.assign(new Error(refusal.text), { responseCode: refusal.code });
}

const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  authOptional: true,
  disableReverseLookup: true,
  closeTimeout: 1,
  logger: false,
  onData(stream, session, callback) {
    const at = Date.now();
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    const take = async () => {
      const { subject, text, inReplyTo } = await simpleParser(stream, {
        skipTextToHtml: true,
        skipHtmlToText: true,
      });
      const refusal = nextRefusal();
      if (refusal) throw refusal;
      printLine({ at, recipients, subject: subject ?? '', text: text ?? '', inReplyTo: inReplyTo ?? null });
      await sleep(Number(values.latency));
    };
    take().then(() => callback(), callback);
  },
});
// A client may break off a conversation.
server.on('error', () => {});
await new Promise<void>((resolve) => server.listen(Number(values.port), '127.0.0.1', resolve));
const { port } = server.server.address() as AddressInfo;
printLine({ url: `smtp://127.0.0.1:${port}` });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
// The parent has ended. The channel alone does not keep this process alive.
process.once('disconnect', () => void server.close());
process.channel?.unref();
