import { parseArgs } from 'node:util';
import { startFakeBotApi } from './fake-bot-api.ts';

// A fake Bot API: `node serve-fake-bot-api.ts --port 8081 --enforce --latency 20`.
// The first line on standard output is { url, token } as JSON. With `--announce` each accepted message is another:
// { at, chat, text }, `at` in milliseconds of Unix time.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    token: { type: 'string' },
    latency: { type: 'string', default: '0' },
    enforce: { type: 'boolean', default: false },
    announce: { type: 'boolean', default: false },
    'chat-per-second': { type: 'string', default: '1' },
    'group-per-minute': { type: 'string', default: '20' },
    'total-per-second': { type: 'string', default: '30' },
  },
});

const server = await startFakeBotApi({
  port: Number(values.port),
  ...(values.token !== undefined && { token: values.token }),
  latency: Number(values.latency),
  enforce: values.enforce,
  ...(values.announce && {
    onTaken: ({ chat, text }) => console.log(JSON.stringify({ at: Date.now(), chat, text })),
  }),
  limits: {
    chatPerSecond: Number(values['chat-per-second']),
    groupPerMinute: Number(values['group-per-minute']),
    totalPerSecond: Number(values['total-per-second']),
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
// The parent has ended. The channel alone does not keep this process alive.
process.once('disconnect', () => void server.close());
process.channel?.unref();
console.log(JSON.stringify({ url: server.url, token: server.token }));
