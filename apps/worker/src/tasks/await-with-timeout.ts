/**
 * Waits for the work, which continues unobserved after the timeout.
 * @throws the error of the work, or one with the timeout
 */
export async function awaitWithTimeout(seconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${seconds} s`)), seconds * 1_000);
  });
  try {
    await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
