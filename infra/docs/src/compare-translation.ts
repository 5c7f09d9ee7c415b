import { listHeadings, parseMarkdown } from './markdown.ts';

/** The first difference between a document and its translation in the levels of headings, and in code blocks. */
export function compareTranslation(document: string, translation: string): string[] {
  const mistakes: string[] = [];
  const heading = firstDifference(headingLevels(document), headingLevels(translation));
  if (heading !== undefined) mistakes.push(`heading ${heading + 1} is missing or has another level`);
  const block = firstDifference(parseMarkdown(document).codeBlocks, parseMarkdown(translation).codeBlocks);
  if (block !== undefined) mistakes.push(`code block ${block + 1} is missing or different`);
  return mistakes;
}

const headingLevels = (document: string) => listHeadings(document).map(({ level }) => level);

function firstDifference(first: unknown[], second: unknown[]): number | undefined {
  const longest = first.length > second.length ? first : second;
  const index = longest.findIndex((_, position) => first[position] !== second[position]);
  return index === -1 ? undefined : index;
}
