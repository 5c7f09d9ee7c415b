import { eventually } from '@incidents/testing/eventually';
import { useTestLogger } from '@incidents/testing/test-logger';
import { expect, test } from 'vitest';
import type { Runner } from './runner.ts';
import { superviseRunner } from './supervisor.ts';

const log = useTestLogger();

function someRunner(draining: Promise<void> = Promise.resolve()) {
  const { promise: ended, resolve: end } = Promise.withResolvers<{ reason: string; error?: unknown }>();
  const stops: number[] = [];
  const runner: Runner = {
    ended,
    lastHeartbeat: performance.now(),
    async stop(timeout) {
      stops.push(timeout);
      end({ reason: 'it was stopped' });
      await draining;
    },
  };
  return { runner, end, stops };
}

test('replaces a runner that ends at once, and drains the old one', async () => {
  const drained = Promise.withResolvers<void>();
  const first = someRunner(drained.promise);
  const second = someRunner();
  const runners = [first, second];
  let starts = 0;
  const supervisor = superviseRunner(async () => (runners[starts++] ?? someRunner()).runner, log.logger);
  await supervisor.started;
  expect(supervisor.getHeartbeatAgeMs()).toBeGreaterThanOrEqual(0);
  first.end({ reason: 'it failed', error: new Error('57P01') });
  await eventually(() => expect(starts).toBe(2));
  expect(first.stops).toHaveLength(1);
  expect(log.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'the queue runner is replaced',
      reason: 'it failed',
      err: expect.objectContaining({ message: '57P01' }),
    }),
  );
  drained.resolve();
  await supervisor.stop(1_000);
  expect(starts).toBe(2);
  expect(second.stops).toEqual([1_000]);
});

test('retries a failed start with growing delays', async () => {
  let starts = 0;
  const { runner } = someRunner();
  const supervisor = superviseRunner(async () => {
    if (starts++ < 3) throw new Error('ECONNREFUSED');
    return runner;
  }, log.logger);
  await supervisor.started;
  const delays = log.lines.flatMap((line) => (line.msg.endsWith('replaced') ? [line.retry_in_ms] : []));
  expect(delays).toEqual([100, 250, 500]);
  await supervisor.stop(1_000);
});

test('stop also ends draining and starting runners', async () => {
  const first = someRunner();
  const late = someRunner();
  const starting = Promise.withResolvers<Runner>();
  let starts = 0;
  const supervisor = superviseRunner(
    () => (starts++ === 0 ? Promise.resolve(first.runner) : starting.promise),
    log.logger,
  );
  await supervisor.started;
  first.end({ reason: 'it failed' });
  await eventually(() => expect(starts).toBe(2));
  expect(supervisor.getHeartbeatAgeMs()).toBeUndefined();
  const stopped = supervisor.stop(5_000);
  starting.resolve(late.runner);
  await stopped;
  expect(late.stops).toHaveLength(1);
});

test('stop does not wait for a start that hangs', async () => {
  const supervisor = superviseRunner(() => new Promise(() => {}), log.logger);
  await supervisor.stop(50);
});

test('logs a failed release and continues', async () => {
  const { runner, end } = someRunner(Promise.reject(new Error('57P01')));
  const next = someRunner();
  const runners = [runner, next.runner];
  const supervisor = superviseRunner(async () => runners.shift() as Runner, log.logger);
  await supervisor.started;
  end({ reason: 'it failed' });
  await eventually(() =>
    expect(log.lines).toContainEqual(expect.objectContaining({ msg: 'jobs could not be released' })),
  );
  await eventually(() => expect(runners).toEqual([]));
  await supervisor.stop(1_000);
});
