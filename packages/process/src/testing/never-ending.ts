import { open } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { endOnSignal } from '../lifecycle.ts';
import { createLogger } from '../logger.ts';

// A process that does not end by itself when it is told to: its first argument says how.
const [, , how, path = ''] = process.argv;
const ways: Record<string, () => Promise<void>> = {
  busy: async () => {
    for (;;);
  },
  // The thread pool waits for a pipe that has no writer, and process.exit() for the thread pool.
  exit: async () => {
    open(path, 'r', () => {});
    await nextTurn();
  },
  slow: () => new Promise(() => {}),
};

endOnSignal({
  logger: createLogger({ service: 'test', level: 'info' }),
  deadline: 100,
  shutdown: async () => ways[how ?? '']?.(),
});
setInterval(() => {}, 1_000);
process.send?.('ready');
