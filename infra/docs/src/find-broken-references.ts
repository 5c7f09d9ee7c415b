import { posix } from 'node:path';
import { headingAnchors, parseMarkdown } from './markdown.ts';

const LINK = /\]\(([^()\s]+)\)/g;
const CODE = /`([^`]+)`/g;
/** A file of the repository, perhaps named by the end of its path: `apps/api/src/main.ts`, `http/problem.ts`. */
const FILE = /^[\w.-]+(?:\/[\w.-]+)*\.(?:ts|yml|yaml|md|sh|sql)$/;
/** Any path that begins in a folder of the repository's root. */
const ROOTED = /^(?:apps|packages|infra|docs|\.ci|\.github)(?:\/[\w.-]+)+\/?$/;
/** Made by a build, so not in the repository. */
const BUILT = /(?:^|\/)(?:dist|node_modules|\.data)(?:\/|$)/;

/**
 * Links to files and headings, and paths in inline code, that do not exist: `docs/x.md:12: …`, one a line.
 * @param documents Markdown by path
 * @param files every path of the repository, with `/`
 */
export function findBrokenReferences(documents: Map<string, string>, files: string[]): string[] {
  const folders = files.flatMap((file) => parentsOf(file));
  const paths = new Set([...files, ...folders]);
  const endsAFile = (end: string) => files.some((file) => file === end || file.endsWith(`/${end}`));

  const linkMistake = (from: string, target: string): string | undefined => {
    if (/^[a-z]+:/.test(target)) return undefined;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? from : posix.normalize(posix.join(posix.dirname(from), path));
    if (!paths.has(file.replace(/\/$/, ''))) return `the link ${target} leads to no file`;
    const document = documents.get(file);
    if (anchor === undefined || document === undefined) return undefined;
    return headingAnchors(document).has(anchor) ? undefined : `the link ${target} leads to no heading`;
  };
  const pathMistake = (word: string): string | undefined => {
    if (BUILT.test(word)) return undefined;
    const exists = ROOTED.test(word)
      ? paths.has(word.replace(/\/$/, ''))
      : !FILE.test(word) || endsAFile(word);
    return exists ? undefined : `the path ${word} does not exist`;
  };

  return [...documents].flatMap(([file, document]) =>
    parseMarkdown(document).lines.flatMap(({ number, text, isCode }) => {
      // In code blocks only paths from the root are certain to be files of the repository.
      const words = isCode ? text.split(/\s+/).filter((word) => ROOTED.test(word)) : inlineCodeWords(text);
      return [
        ...(isCode ? [] : linkTargets(text)).map((target) => linkMistake(file, target)),
        ...words.map(pathMistake),
      ]
        .filter((mistake) => mistake !== undefined)
        .map((mistake) => `${file}:${number}: ${mistake}`);
    }),
  );
}

const linkTargets = (text: string) => Array.from(text.matchAll(LINK), ([, target = '']) => target);

const inlineCodeWords = (text: string) =>
  Array.from(text.matchAll(CODE), ([, code = '']) => code.split(/\s+/)).flat();

function parentsOf(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
