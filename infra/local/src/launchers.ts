import { basename } from 'node:path';
import { isAlive, type ProcessInfo, readProcess } from './process-table.ts';

const runner = /^(npm|npx|pnpm|pnpx|yarn|corepack|turbo)(-cli)?(\.c?js)?$/;
const shell = /^-?(sh|dash|bash|zsh|ash)$/;
const pollMs = 400;

/**
 * The npx, npm, pnpm and turbo processes (and the shells between them) that brought this process up.
 *
 * A shell above the outermost of them is the user's: a terminal, or a script that put the command in
 * the background and may end before it. Neither says that the stack should end.
 */
export function findLaunchers(pid = process.pid): ProcessInfo[] {
  const chain: ProcessInfo[] = [];
  let outermost = 0;
  let current = readProcess(readProcess(pid)?.ppid ?? 0);
  while (current && current.pid > 1 && (isRunner(current.argv) || isShellCommand(current.argv))) {
    chain.push(current);
    if (isRunner(current.argv)) outermost = chain.length;
    current = readProcess(current.ppid);
  }
  return chain.slice(0, outermost);
}

/**
 * Calls `onGone` once, with the command, when any of the launching processes has disappeared.
 *
 * SIGTERM to `npx` ends npx alone: pnpm and Node below it get no signal and are not even given a new
 * parent, so only watching tells.
 */
export function watchLaunchers(onGone: (command: string) => void): { stop(): void } {
  const launchers = findLaunchers();
  const timer = setInterval(() => {
    const gone = launchers.find((launcher) => !isAlive(launcher));
    if (!gone) return;
    clearInterval(timer);
    onGone(gone.argv.join(' ').slice(0, 60));
  }, pollMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** npx calls itself `npm exec …` in one string; the others are a binary, or a script that Node runs. */
function isRunner(argv: string[]): boolean {
  const words = argv.length === 1 ? (argv[0] ?? '').split(' ') : argv;
  const program = basename(words[0] ?? '');
  if (runner.test(program)) return true;
  const script = words.slice(1).find((word) => !word.startsWith('-'));
  return /^node/.test(program) && script !== undefined && runner.test(basename(script));
}

function isShellCommand([program, option]: string[]): boolean {
  return shell.test(basename(program ?? '')) && option === '-c';
}
