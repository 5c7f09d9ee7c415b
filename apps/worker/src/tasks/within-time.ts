/** Milliseconds that work has to end by itself after its time is over and its signal was aborted. */
const GRACE_MS = 5_000;

/**
 * Runs `work` with a signal that is aborted after `seconds`, or with `signal`. Work that does not end all the same
 * is left to itself: nobody waits for it any longer.
 * @throws what the work throws; an error that says so when its time is over
 */
export async function withinTime(
  seconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const overdue = new Promise<never>((_resolve, reject) => {
    const error = new Error(`it did not end within ${seconds} s`);
    timers.push(
      setTimeout(() => over.abort(error), seconds * 1_000),
      setTimeout(() => reject(error), seconds * 1_000 + GRACE_MS),
    );
  });
  try {
    await Promise.race([work(AbortSignal.any([signal, over.signal])), overdue]);
  } finally {
    timers.map(clearTimeout);
  }
}
