import { basename } from 'node:path';
import { isAlive, type ProcessInfo, readProcess } from './process-table.ts';

const RUNNER = /^(npm|npx|pnpm|pnpx|yarn|corepack|turbo)(-cli)?(\.[cm]?js)?$/;
const NPM = /^(npm|npx)(-cli)?(\.[cm]?js)?$/;
const SHELL = /^-?(sh|dash|bash|zsh|ash)$/;
const POLL_MS = 400;

/**
 * The npx, npm, pnpm and turbo processes above this one, and the shells between them. Not the shell above
 * them: a script may end while its background job goes on.
 * @public imported by a process of its test
 */
export function findParents(pid = process.pid): ProcessInfo[] {
  const ancestors = listAncestors(pid);
  return ancestors.slice(0, ancestors.findLastIndex(({ argv }) => isRunner(argv)) + 1);
}

/** Calls `onExit` once when a parent has ended: npx, for example, does not pass SIGTERM on to pnpm. */
export function watchParents(onExit: (command: string) => void): void {
  if (hasNpmExited()) {
    onExit('npx');
    return;
  }
  const parents = findParents();
  const timer = setInterval(() => {
    const ended = parents.find((parent) => !isAlive(parent));
    if (!ended) return;
    clearInterval(timer);
    onExit(ended.argv.join(' ').slice(0, 60));
  }, POLL_MS);
  timer.unref();
}

/** Whether npx ended while pnpm was still installing: npm's variable is set, but an orphan is outermost. */
function hasNpmExited(): boolean {
  if (process.env.npm_config_global_prefix === undefined) return false;
  const ancestors = listAncestors(process.pid);
  const outermost = ancestors.at(-1);
  if (!outermost || ancestors.some(({ argv }) => isRunner(argv, NPM))) return false;
  // Its parent is init or a session manager.
  return outermost.ppid === 1 || readProcess(outermost.ppid)?.session !== outermost.session;
}

function listAncestors(pid: number): ProcessInfo[] {
  const ancestors: ProcessInfo[] = [];
  let current = readProcess(readProcess(pid)?.ppid ?? 0);
  while (current && current.pid > 1 && (isRunner(current.argv) || isShellCommand(current.argv))) {
    ancestors.push(current);
    current = readProcess(current.ppid);
  }
  return ancestors;
}

/** npx shows "npm exec …" as one argument; other runners are a binary or a script of Node.js. */
function isRunner(argv: string[], names = RUNNER): boolean {
  const words = argv.length === 1 ? (argv[0] ?? '').split(' ') : argv;
  const program = basename(words[0] ?? '');
  if (names.test(program)) return true;
  const script = words.slice(1).find((word) => !word.startsWith('-'));
  return /^node/.test(program) && script !== undefined && names.test(basename(script));
}

function isShellCommand([program, option]: string[]): boolean {
  return SHELL.test(basename(program ?? '')) && option === '-c';
}
