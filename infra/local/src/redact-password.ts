/**
 * A connection string without its password, for messages.
 * @param form an example, shown when `url` is no connection string
 */
export function redactPassword(url: string, form: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    parsed.searchParams.delete('password');
    return parsed.href;
  } catch {
    return `what is not a connection string (${form})`;
  }
}
