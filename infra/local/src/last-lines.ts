/** The end of a program's output, where it says what went wrong. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}
