import { basename } from 'node:path';
import { isAlive, type ProcessInfo, readProcess } from './process-table.ts';

const runner = /^(npm|npx|pnpm|pnpx|yarn|corepack|turbo)(-cli)?(\.[cm]?js)?$/;
const npm = /^(npm|npx)(-cli)?(\.[cm]?js)?$/;
const shell = /^-?(sh|dash|bash|zsh|ash)$/;
const pollMs = 400;

/**
 * The npx, npm, pnpm and turbo processes (and the shells between them) that brought this process up.
 *
 * A shell above the outermost of them is the user's: a terminal, or a script that put the command in
 * the background and may end before it. Neither says that the stack should end.
 */
export function findLaunchers(pid = process.pid): ProcessInfo[] {
  const chain = climb(pid);
  return chain.slice(0, chain.findLastIndex(({ argv }) => isRunner(argv)) + 1);
}

/**
 * Calls `onGone` once, with the command, when any of the launching processes has disappeared.
 *
 * SIGTERM to `npx` ends npx alone: pnpm and Node below it get no signal, so only watching tells.
 */
export function watchLaunchers(onGone: (command: string) => void): void {
  if (npmIsGone()) {
    onGone('npx');
    return;
  }
  const launchers = findLaunchers();
  const timer = setInterval(() => {
    const gone = launchers.find((launcher) => !isAlive(launcher));
    if (!gone) return;
    clearInterval(timer);
    onGone(gone.argv.join(' ').slice(0, 60));
  }, pollMs);
  timer.unref();
}

/**
 * Whether npx was ended before this process came up, while pnpm was still installing: the environment
 * has what npm leaves to its children, but npm is not above us, and what is has been orphaned.
 */
function npmIsGone(): boolean {
  if (process.env.npm_config_global_prefix === undefined) return false;
  const chain = climb(process.pid);
  const outermost = chain.at(-1);
  if (!outermost || chain.some(({ argv }) => isRunner(argv, npm))) return false;
  const parent = readProcess(outermost.ppid);
  // Orphans are adopted by a process of another session: init, or a user's session manager.
  return !parent || parent.pid === 1 || parent.session !== outermost.session;
}

function climb(pid: number): ProcessInfo[] {
  const chain: ProcessInfo[] = [];
  let current = readProcess(readProcess(pid)?.ppid ?? 0);
  while (current && current.pid > 1 && (isRunner(current.argv) || isShellCommand(current.argv))) {
    chain.push(current);
    current = readProcess(current.ppid);
  }
  return chain;
}

/** npx calls itself `npm exec …` in one string; the others are a binary, or a script that Node runs. */
function isRunner(argv: string[], names = runner): boolean {
  const words = argv.length === 1 ? (argv[0] ?? '').split(' ') : argv;
  const program = basename(words[0] ?? '');
  if (names.test(program)) return true;
  const script = words.slice(1).find((word) => !word.startsWith('-'));
  return /^node/.test(program) && script !== undefined && names.test(basename(script));
}

function isShellCommand([program, option]: string[]): boolean {
  return shell.test(basename(program ?? '')) && option === '-c';
}
