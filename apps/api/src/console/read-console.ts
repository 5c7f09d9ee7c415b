import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { createStaticReplies, type StaticReply } from '../http/static-replies.ts';

export interface ConsoleFiles {
  page: StaticReply;
  /** By name; each name has a hash of the content. */
  assets: ReadonlyMap<string, StaticReply>;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const require = createRequire(import.meta.url);
const consoleFolder = () => join(dirname(require.resolve('@incidents/console/package.json')), 'dist');

/** Reads the built console; undefined when it was not built. */
export function readConsole(folder = consoleFolder()): ConsoleFiles | undefined {
  const page = join(folder, 'index.html');
  if (!existsSync(page)) return undefined;
  const assets = readdirSync(join(folder, 'assets')).flatMap((name) => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' };
    return [[name, createStaticReplies(readFileSync(join(folder, 'assets', name)), headers)] as const];
  });
  const headers = { 'Content-Type': 'text/html; charset=UTF-8', 'Cache-Control': 'no-cache' };
  return { page: createStaticReplies(readFileSync(page), headers), assets: new Map(assets) };
}
