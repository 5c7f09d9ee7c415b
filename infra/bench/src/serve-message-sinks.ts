import { epochMs } from './epoch-ms.ts';
import { type ReceivedMessage, startBotApiSink, startMailSink } from './message-sinks.ts';

// Prints JSON lines: { smtpUrl, apiRoot }, then each `ReceivedMessage` with `at` in ms of Unix time.
const printLine = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const onMessage = (message: ReceivedMessage) => printLine({ ...message, at: epochMs() });

printLine({ smtpUrl: await startMailSink(onMessage), apiRoot: await startBotApiSink(onMessage) });
process.on('disconnect', () => process.exit());
