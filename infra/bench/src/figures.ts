import { median } from './medians.ts';

const UNKNOWN = '–';

/** A figure with this many digits after the point; a dash for one that is not known. */
export const formatFigure = (figure: number | undefined, digits: number): string =>
  figure === undefined || !Number.isFinite(figure)
    ? UNKNOWN
    : figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A Markdown table whose first two columns are text and whose others are figures. */
export function formatMarkdown(headings: string[], rows: string[][]): string {
  const lines = [headings, headings.map((_, index) => (index < 2 ? '---' : '---:')), ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Seconds in all as µs each; undefined when either is not known. */
export const toMicroseconds = (seconds: number | undefined, count: number): number | undefined =>
  seconds === undefined || count === 0 ? undefined : (seconds * 1_000_000) / count;

/** The median of the figures that are known; undefined without any. */
export function medianOf(figures: (number | undefined)[]): number | undefined {
  const known = knownOf(figures);
  return known.length === 0 ? undefined : median(known);
}

/** The highest of the figures that are known; undefined without any. */
export const highestOf = (figures: (number | undefined)[]): number | undefined =>
  knownOf(figures)
    .toSorted((a, b) => a - b)
    .at(-1);

const knownOf = (figures: (number | undefined)[]): number[] =>
  figures.filter((figure) => figure !== undefined);
