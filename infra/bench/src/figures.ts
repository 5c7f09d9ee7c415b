import { median } from './medians.ts';

const UNKNOWN = '–';

/** A figure with `digits` decimals; a dash for an unknown one. */
export const formatFigure = (figure: number | undefined, digits: number): string =>
  figure === undefined || !Number.isFinite(figure)
    ? UNKNOWN
    : figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function formatMarkdownTable(headings: string[], rows: string[][]): string {
  const lines = [headings, headings.map((_, index) => (index < 2 ? '---' : '---:')), ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Total seconds as µs per item; undefined when unknown. */
export const toMicroseconds = (seconds: number | undefined, count: number): number | undefined =>
  seconds === undefined || count === 0 ? undefined : (seconds * 1_000_000) / count;

export function medianOfKnown(figures: (number | undefined)[]): number | undefined {
  const known = removeUnknown(figures);
  return known.length === 0 ? undefined : median(known);
}

export const maxOfKnown = (figures: (number | undefined)[]): number | undefined =>
  removeUnknown(figures)
    .toSorted((a, b) => a - b)
    .at(-1);

const removeUnknown = (figures: (number | undefined)[]): number[] =>
  figures.filter((figure) => figure !== undefined);
