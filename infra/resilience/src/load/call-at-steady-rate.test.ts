import { describe, expect, test } from 'vitest';
import { callAtSteadyRate } from './call-at-steady-rate.ts';

describe('callAtSteadyRate', () => {
  test('goes on after a call has failed, and stop rejects with its error', async () => {
    let latest = 0;
    const calls = callAtSteadyRate(100, async (index) => {
      latest = index;
      if (index === 0) throw new Error('the call failed');
    });
    await expect.poll(() => latest).toBeGreaterThan(1);
    await expect(calls.stop()).rejects.toThrow('the call failed');
  });
});
