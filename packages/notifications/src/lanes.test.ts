import { expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

/** Work that ends when it is told to. */
function controlled(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = () => {
    log.push(name);
    return promise;
  };
  return { work, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

it('runs as many as are allowed of a key, the next in order when one ends, other keys beside them', async () => {
  const lanes = createLanes(2);
  const begun: string[] = [];
  const [a, b, c, d, other] = ['a', 'b', 'c', 'd', 'other'].map((name) => controlled(begun, name));
  if (!(a && b && c && d && other)) throw new Error('unreachable');

  const results = [a, b, c, d].map(({ work }) => lanes.run('key', work));
  const beside = lanes.run('another key', other.work);
  expect(begun).toEqual(['a', 'b', 'other']);
  expect([lanes.load('key'), lanes.load('another key'), lanes.load('a third')]).toEqual([4, 1, 0]);

  b.fail();
  await expect(results[1]).rejects.toThrow('b');
  expect(begun).toEqual(['a', 'b', 'other', 'c']);
  a.end();
  await results[0];
  expect(begun).toEqual(['a', 'b', 'other', 'c', 'd']);
  for (const { end } of [c, d, other]) end();
  expect(await Promise.all([results[2], results[3], beside])).toEqual(['c', 'd', 'other']);
  expect([lanes.load('key'), lanes.load('another key')]).toEqual([0, 0]);
});
