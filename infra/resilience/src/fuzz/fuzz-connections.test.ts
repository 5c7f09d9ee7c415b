import { expect, test } from 'vitest';
import { fuzzConnections } from './fuzz-connections.ts';
import { useTrials } from './testing/trial.ts';

const start = useTrials();

test('replies to bytes that have no problem document are found', async () => {
  const failure = await fuzzConnections(0, 200, await start((_, outgoing) => void outgoing.end()));
  expect(failure?.report).toMatch(/sent: \{"parts":/);
});
