import { describe, expect, test } from 'vitest';
import { createChannelPause } from './channel-pause.ts';

function createTestPause() {
  let now = 1_000_000;
  let resumed = 0;
  const pause = createChannelPause(
    () => resumed++,
    () => now,
  );
  const advance = (milliseconds: number) => {
    now += milliseconds;
  };
  return { pause, advance, resumed: () => resumed };
}

describe('createChannelPause', () => {
  test('is not paused before the first failure', () => {
    const { pause } = createTestPause();
    expect(pause.isPaused()).toBe(false);
    expect(pause.remainingMs()).toBe(0);
  });

  test('waits longer after each failed probe, and repeats the longest delay', () => {
    const { pause, advance } = createTestPause();
    const delays = Array.from({ length: 6 }, () => {
      pause.pause();
      const remaining = pause.remainingMs();
      advance(remaining);
      expect(pause.remainingMs()).toBe(0);
      expect(pause.isPaused()).toBe(true);
      return remaining;
    });
    expect(delays).toEqual([1_000, 2_000, 5_000, 5_000, 5_000, 5_000]);
  });

  test('counts concurrent failures once', () => {
    const { pause, advance } = createTestPause();
    for (let index = 0; index < 20; index++) pause.pause();
    expect(pause.remainingMs()).toBe(1_000);
    advance(400);
    pause.pause();
    expect(pause.remainingMs()).toBe(600);
  });

  test('calls onResume once after a success, and restarts the delays', () => {
    const { pause, advance, resumed } = createTestPause();
    pause.pause();
    advance(1_000);
    pause.pause();
    pause.resume();
    pause.resume();
    expect(resumed()).toBe(1);
    expect(pause.isPaused()).toBe(false);
    expect(pause.remainingMs()).toBe(0);
    pause.pause();
    expect(pause.remainingMs()).toBe(1_000);
  });
});
