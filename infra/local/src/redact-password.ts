/** A connection string without its password; `form` is an example for strings that are none. */
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
