import { describe, expect, test } from 'vitest';
import { fuzzConnections } from './fuzz-connections.ts';
import { useFuzzTargets } from './testing/fuzz-target.ts';

const start = useFuzzTargets();

describe('fuzzConnections', () => {
  test('finds a refusal without a problem document', async () => {
    const failure = await fuzzConnections(0, 200, await start((_, outgoing) => void outgoing.end()));
    expect(failure?.report).toMatch(/sent: \{"parts":/);
  });
});
