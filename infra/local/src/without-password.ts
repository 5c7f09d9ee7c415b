/**
 * A connection string as a person may see it.
 * @param form what to say it should look like when it is none
 */
export function withoutPassword(url: string, form: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    parsed.searchParams.delete('password');
    return parsed.href;
  } catch {
    return `what is not a connection string (${form})`;
  }
}
