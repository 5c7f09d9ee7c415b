import { expect, test } from 'vitest';
import { createChannelPause } from './channel-pause.ts';

/** A pause with a clock of its own. */
function pauseAt() {
  let now = 1_000_000;
  let resumed = 0;
  const pause = createChannelPause(
    () => resumed++,
    () => now,
  );
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { pause, pass, resumed: () => resumed };
}

test('does not last before the server has taken nothing', () => {
  const { pause } = pauseAt();
  expect(pause.isPaused()).toBe(false);
  expect(pause.remainingMs()).toBe(0);
});

test('lasts longer with each probe that fails; the longest repeats', () => {
  const { pause, pass } = pauseAt();
  const delays = Array.from({ length: 6 }, () => {
    pause.pause();
    const remaining = pause.remainingMs();
    pass(remaining);
    expect(pause.remainingMs()).toBe(0);
    expect(pause.isPaused()).toBe(true);
    return remaining;
  });
  expect(delays).toEqual([1_000, 2_000, 5_000, 5_000, 5_000, 5_000]);
});

test('messages that were under way together have met one failure', () => {
  const { pause, pass } = pauseAt();
  for (let index = 0; index < 20; index++) pause.pause();
  expect(pause.remainingMs()).toBe(1_000);
  pass(400);
  pause.pause();
  expect(pause.remainingMs()).toBe(600);
});

test('ends when a message was taken, and says so once; the next failure begins anew', () => {
  const { pause, pass, resumed } = pauseAt();
  pause.pause();
  pass(1_000);
  pause.pause();
  pause.resume();
  pause.resume();
  expect(resumed()).toBe(1);
  expect(pause.isPaused()).toBe(false);
  expect(pause.remainingMs()).toBe(0);
  pause.pause();
  expect(pause.remainingMs()).toBe(1_000);
});
