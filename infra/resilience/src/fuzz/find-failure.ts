import fc from 'fast-check';

/** Milliseconds for which a simpler case is looked for once one has failed. */
const SIMPLIFY_FOR = 15_000;

/** What did not hold, in words: enough to send the same again. */
export interface Failure {
  /** What was tried. */
  name: string;
  report: string;
}

/**
 * Tries `runs` values one after the other until one fails, then simpler ones that fail too.
 * @param attempt throws when something does not hold
 * @param print says in a line what was tried last
 */
export async function findFailure<T>(
  name: string,
  values: fc.Arbitrary<T>,
  options: { seed: number; runs: number },
  attempt: (value: T) => Promise<void>,
  print: (value: T) => string,
): Promise<Failure | undefined> {
  let failedAt = 0;
  let first: string | undefined;
  let simplest = '';
  const property = fc.asyncProperty(values, async (value) => {
    if (failedAt > 0 && Date.now() - failedAt > SIMPLIFY_FOR) return;
    try {
      await attempt(value);
    } catch (error) {
      failedAt ||= Date.now();
      simplest = `${reasonOf(error)}\n  sent: ${print(value)}`;
      first ??= simplest;
      throw error;
    }
  });
  const { failed, numRuns, numShrinks } = await fc.check(property, {
    seed: options.seed,
    numRuns: options.runs,
  });
  if (!failed) return undefined;
  const simpler = numShrinks === 0 ? [] : [`${numShrinks} times simpler: ${simplest}`];
  return { name, report: [`${name}, no. ${numRuns}: ${first}`, ...simpler].join('\n') };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 3_000) : String(error);
}
