/** @throws Error with `what` and `details` after `limitMs`, or when `condition` throws */
export async function waitUntil(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
  details: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + limitMs;
  const failure = (reason: string) => new Error(`waited for: ${what}; ${reason}\n${details()}`);
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      throw failure(error instanceof Error ? error.message : String(error));
    }
    if (Date.now() > deadline) throw failure(`not so after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
