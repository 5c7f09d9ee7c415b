import { describe, expect, test } from 'vitest';
import { compareTranslation } from './compare-translation.ts';

const document = '# Title\n\ntext\n\n## Start\n\n```bash\n# no heading\nnpm start\n```\n\n### More\n';

describe('compareTranslation', () => {
  test('accepts other words under the same headings around the same code', () => {
    const translation = document
      .replace('Title', 'Название')
      .replace('text', 'текст')
      .replace('Start', 'Запуск');
    expect(compareTranslation(document, translation)).toEqual([]);
  });

  test.each([
    ['a missing heading', document.replace('### More\n', ''), 'heading 3 is missing or has another level'],
    ['another level', document.replace('## Start', '### Start'), 'heading 2 is missing or has another level'],
    ['other code', document.replace('npm', 'pnpm'), 'code block 1 is missing or different'],
    ['an additional code block', `${document}\n\`\`\`\nx\n\`\`\`\n`, 'code block 2 is missing or different'],
  ])('reports %s', (_, translation, mistake) => {
    expect(compareTranslation(document, translation)).toEqual([mistake]);
  });
});
