/** Less than three seconds: a longer silence looks like a hang. */
const REPORT_EVERY_MS = 2_500;

/** Prints the name of a step, and its duration every 2.5 s until `work` has ended. */
export async function runStep<Result>(
  step: string,
  say: (line: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = Date.now();
  say(`${step} …`);
  const report = () => say(`${step} … ${Math.round((Date.now() - startedAt) / 1_000)} s`);
  const timer = setInterval(report, REPORT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
