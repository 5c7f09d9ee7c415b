import { describe, expect, test } from 'vitest';
import { findBrokenReferences } from './find-broken-references.ts';

const files = ['README.md', 'docs/guide.md', 'apps/api/src/http/problem.ts', 'docker-compose.yml'];
const guide = '# Guide\n\n## Keys, and `scopes`\n\n## Keys\n\n## Keys\n';

function check(readme: string): string[] {
  return findBrokenReferences(
    new Map([
      ['README.md', readme],
      ['docs/guide.md', guide],
    ]),
    files,
  );
}

describe('findBrokenReferences', () => {
  test.each([
    '[a](docs/guide.md)',
    '[a](docs/guide.md#keys-and-scopes)',
    '[a](docs/guide.md#keys-1)',
    '[a](docs)',
    '[a](https://example.com/x.ts)',
    '`apps/api/src`, `apps/api/src/http/problem.ts`',
    '`http/problem.ts`, `problem.ts`, `docker-compose.yml`',
    '`node apps/api/dist/main.js`, `apps/api/dist/main.ts`',
    '`GET /incidents/{id}`, `created_at`, `packages/*`',
    '```\n[a](docs/none.md)\n`none.ts`\n```',
  ])('accepts %s', (text) => {
    expect(check(text)).toEqual([]);
  });

  test.each<[text: string, mistake: string, line?: number]>([
    ['[a](docs/none.md)', 'the link docs/none.md leads to no file'],
    ['[a](docs/guide.md#none)', 'the link docs/guide.md#none leads to no heading'],
    ['[a](#none)', 'the link #none leads to no heading'],
    ['`apps/none`', 'the path apps/none does not exist'],
    ['```\n$ node apps/none.ts\n```', 'the path apps/none.ts does not exist', 3],
    ['`none.ts`', 'the path none.ts does not exist'],
    ['`other/problem.ts`', 'the path other/problem.ts does not exist'],
  ])('reports %s', (text, mistake, line = 2) => {
    expect(check(`first line\n${text}`)).toEqual([`README.md:${line}: ${mistake}`]);
  });
});
