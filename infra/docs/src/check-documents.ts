import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTranslation } from './compare-translation.ts';
import { findBrokenReferences } from './find-broken-references.ts';

// Links and paths in all documents, and the translation of the README.
const root = join(import.meta.dirname, '../../..');

const listFiles = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const files = execFileSync('git', listFiles, { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const documents = new Map(
  files.filter((file) => file.endsWith('.md')).map((file) => [file, readFileSync(join(root, file), 'utf8')]),
);
const mistakes = [
  ...findBrokenReferences(documents, files),
  ...compareTranslation(documents.get('README.md') ?? '', documents.get('README.ru.md') ?? '').map(
    (mistake) => `README.ru.md: ${mistake}`,
  ),
];
if (mistakes.length > 0) {
  console.error(mistakes.join('\n'));
  process.exitCode = 1;
}
