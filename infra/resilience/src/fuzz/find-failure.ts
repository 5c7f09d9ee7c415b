import fc from 'fast-check';

const SIMPLIFY_MS = 15_000;

export interface Failure {
  name: string;
  report: string;
}

/** Looks for a simpler failing value after the first. `attempt` throws when something does not hold. */
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
    if (failedAt > 0 && Date.now() - failedAt > SIMPLIFY_MS) return;
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
