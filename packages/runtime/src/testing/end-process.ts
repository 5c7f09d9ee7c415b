import { open } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { endOnSignal } from '../lifecycle.ts';
import { createLogger } from '../logger.ts';

// On a signal this process ends in the way of its first argument; only `well` ends in time.
const [, , how, path = ''] = process.argv;
/** Far above the time of `well`. */
const deadlineMs = how === 'well' ? 60_000 : 100;
const ways: Record<string, () => Promise<void>> = {
  well: async () => {},
  busy: async () => {
    for (;;);
  },
  // The thread pool waits for a pipe without a writer, and process.exit() waits for the thread pool.
  exit: async () => {
    open(path, 'r', () => {});
    await nextTurn();
  },
  slow: () => new Promise(() => {}),
};

endOnSignal({
  logger: createLogger({ service: 'test', level: 'info' }),
  deadlineMs,
  shutdown: async () => ways[how ?? '']?.(),
});
setInterval(() => {}, 1_000);
process.send?.('ready');
