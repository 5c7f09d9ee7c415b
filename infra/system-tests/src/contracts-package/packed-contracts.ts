import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const require = createRequire(import.meta.url);

/** The oldest version that the package supports, and the one of this repository. */
export const zodVersions = {
  '4.1': dirname(require.resolve('zod-4.1/package.json')),
  current: dirname(require.resolve('zod/package.json')),
};

export const typescriptVersions = {
  '5.4': require.resolve('typescript-5.4/lib/tsc.js'),
  current: join(root, 'node_modules/typescript/bin/tsc'),
};

export interface PackedContracts {
  readonly tarball: string;
  /** A project with the package, as a registry would install it, and with a zod if one is given. */
  makeProject(
    name: string,
    options: { type: 'module' | 'commonjs'; zod?: keyof typeof zodVersions; files: Record<string, string> },
  ): Promise<string>;
}

/** Packs the built contracts before the tests of a file. Nothing is downloaded. */
export function usePackedContracts(): PackedContracts {
  let folder: string;
  let tarball: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'incidents-contracts-'));
    await pnpm(['pack', '--pack-destination', folder], join(root, 'packages/contracts'));
    const [packed] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    tarball = join(folder, packed ?? 'nothing was packed');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  return {
    get tarball() {
      return tarball;
    },
    async makeProject(name, { type, zod, files }) {
      const project = join(folder, name);
      await mkdir(project);
      await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type }));
      const quiet = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
      await run('npm', ['install', ...quiet, tarball], project);
      if (zod !== undefined) await symlink(zodVersions[zod], join(project, 'node_modules/zod'), 'dir');
      for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
      return project;
    },
  };
}

/** @returns the standard output */
export async function run(program: string, args: string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd, env: process.env })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${basename(program)} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The pnpm that runs the tests, or any of npx. */
function pnpm(args: string[], cwd: string): Promise<string> {
  const path = process.env.npm_execpath;
  if (!path || !basename(path).startsWith('pnpm')) return run('npx', ['--yes', 'pnpm@12', ...args], cwd);
  return /\.[cm]?js$/.test(path) ? run(process.execPath, [path, ...args], cwd) : run(path, args, cwd);
}
