/**
 * Waits until `condition` holds.
 *
 * @param details what to show when it does not.
 * @throws Error naming what was waited for, when the time is over or `condition` throws.
 */
export async function until(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
  details: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + limitMs;
  const fail = (why: string) => new Error(`waited for: ${what}; ${why}\n${details()}`);
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      throw fail(error instanceof Error ? error.message : String(error));
    }
    if (Date.now() > deadline) throw fail(`not so after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
