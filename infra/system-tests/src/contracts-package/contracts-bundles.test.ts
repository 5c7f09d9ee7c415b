import { join } from 'node:path';
import { build } from 'esbuild';
import { publint } from 'publint';
import { beforeAll, describe, expect, test } from 'vitest';
import { run, usePackedContracts } from './packed-contracts.ts';

const packed = usePackedContracts();
let project: string;

beforeAll(async () => {
  project = await packed.makeProject('linted', { type: 'module', zod: 'current', files: {} });
});

describe('the packed package', () => {
  test('has types for ES modules and CommonJS in every resolution (arethetypeswrong)', {
    timeout: 120_000,
  }, async () => {
    const attw = join(import.meta.dirname, '../../node_modules/.bin/attw');
    const result = JSON.parse(await run(attw, [packed.tarball, '--format', 'json'], project));
    expect(Object.keys(result.analysis.entrypoints)).toEqual(['.', './types', './package.json']);
    expect(result.analysis.problems).toEqual([]);
  });

  test('has nothing to improve (publint)', async () => {
    const pkgDir = join(project, 'node_modules/@incidents/contracts');
    expect((await publint({ pkgDir, pack: false, strict: true })).messages).toEqual([]);
  });
});

describe('a bundle for browsers', () => {
  /** Minified. Modules of Node.js would be an error. */
  async function bundle(contents: string): Promise<string> {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: project, loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      charset: 'utf8',
      write: false,
      logLevel: 'error',
    });
    return outputFiles[0]?.text ?? '';
  }

  test('has nothing of the types', async () => {
    const code = `import type { Incident } from '@incidents/contracts/types'; export const id = (of: Incident) => of.id;`;
    expect((await bundle(code)).length).toBeLessThan(60);
    expect(await bundle(`import '@incidents/contracts/types';`)).toBe('');
  });

  test('has the imported schemas alone', async () => {
    const incident = await bundle(`export { Incident } from '@incidents/contracts';`);
    const all = await bundle(`export * from '@incidents/contracts';`);
    // Texts of an incident and of a delivery.
    expect(incident).toContain('Бот не отвечает на команды');
    expect(incident).not.toContain('oncall@example.org');
    expect(all).toContain('oncall@example.org');
    expect(incident.length).toBeLessThan(0.85 * all.length);
  });
});
