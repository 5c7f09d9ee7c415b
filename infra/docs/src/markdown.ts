export interface Markdown {
  /** Lines with their numbers from 1; code lines are those of fenced code blocks. */
  lines: { number: number; text: string; isCode: boolean }[];
  /** Fenced code blocks with their opening and closing line. */
  codeBlocks: string[];
}

export function parseMarkdown(document: string): Markdown {
  const lines: Markdown['lines'] = [];
  const codeBlocks: string[] = [];
  let block: string[] | undefined;
  for (const [index, text] of document.split('\n').entries()) {
    const isFence = text.startsWith('```');
    lines.push({ number: index + 1, text, isCode: isFence || block !== undefined });
    if (block) {
      block.push(text);
      if (!isFence) continue;
      codeBlocks.push(block.join('\n'));
      block = undefined;
    } else if (isFence) block = [text];
  }
  return { lines, codeBlocks };
}

/** The levels, 1 to 6, and texts of all headings, in their order. */
export const listHeadings = (document: string): { level: number; text: string }[] =>
  parseMarkdown(document).lines.flatMap(({ text, isCode }) => {
    const [, marks, heading] = /^(#{1,6}) (.*)/.exec(text) ?? [];
    return isCode || marks === undefined || heading === undefined
      ? []
      : { level: marks.length, text: heading };
  });

/** The anchors that GitHub gives to the headings. */
export function headingAnchors(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of listHeadings(document)) {
    const anchor = text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}
