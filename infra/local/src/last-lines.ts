/** The last twelve lines of a program's output, which usually hold its error. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}
