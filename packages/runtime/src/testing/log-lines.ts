import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger, logConsole } from '../logger.ts';

// Logs lines in batches of a hundred, then a fatal one, and prints the number of write(2) calls since its start. The
// arguments are the number and the length of the lines. The process ends when its parent closes the channel.
const [count = 0, length] = process.argv.slice(2).map(Number);
const logger = createLogger({ service: 'test', level: 'info' });
logConsole(logger);
const writes = () =>
  process.platform === 'linux' ? Number(/syscw: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]) : 0;

const text = 'x'.repeat(length ?? 0);
const before = writes();
for (let line = 1; line <= count; line++) {
  logger.info({ line }, text);
  if (line % 100 === 0) await nextTurn();
}
const made = writes() - before;
console.error('to the console');
process.stderr.write('of a library\n');
process.emitWarning('of Node.js');
logger.fatal('the end is near');
process.once('disconnect', () => {
  logger.fatal('the end');
  process.exit(3);
});
process.send?.({ writes: made });
