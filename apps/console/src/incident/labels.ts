/** Labels as lines `name=value`, for editing. */
export const formatLabels = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

/** @returns the labels, or the first line that is none */
export function parseLabels(text: string): { labels: Record<string, string> } | { badLine: string } {
  const labels: [name: string, value: string][] = [];
  for (const line of parseLines(text)) {
    const separator = line.indexOf('=');
    if (separator < 1) return { badLine: line };
    labels.push([line.slice(0, separator).trim(), line.slice(separator + 1).trim()]);
  }
  // An assignment would drop `__proto__`, and the service could not refuse it.
  return { labels: Object.fromEntries(labels) };
}

export const parseLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
