import { epochMs } from './epoch-ms.ts';
import { type ReceivedMessage, startBotApiSink, startMailSink } from './message-sinks.ts';

// A mail server and a Bot API as one process: `node serve-message-sinks.ts`. The first line on standard output is JSON:
// { smtpUrl, apiRoot }; each message is another: a `ReceivedMessage` with `at` in milliseconds of Unix time.
const printLine = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const onMessage = (message: ReceivedMessage) => printLine({ ...message, at: epochMs() });

printLine({ smtpUrl: await startMailSink(onMessage), apiRoot: await startBotApiSink(onMessage) });
process.on('disconnect', () => process.exit());
