import { CreateIncident } from '@incidents/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validBody } from './bodies.ts';
import { KnownIds } from './known-ids.ts';
import { operations } from './operations.ts';
import { concrete, requestsOf } from './requests.ts';

test.each(operations)('makes valid and hostile requests of $id', (operation) => {
  const plans = fc.sample(requestsOf(operation), { seed: 1, numRuns: 200 });
  const known = new KnownIds();
  known.add(operation.path.split('/')[1] ?? '', 4_711);
  expect(new Set(plans.map(({ valid }) => valid))).toEqual(new Set([true, false]));
  for (const plan of plans) {
    const { method, target, body } = concrete(plan, known);
    expect(method).toBe(operation.method);
    expect(target).toMatch(/^\/[^ ]*$/);
    if (plan.valid) expect(body !== undefined).toBe(operation.body !== undefined);
  }
  const targets = plans.map((plan) => concrete(plan, known).target);
  if (operation.path.includes('{id}')) expect(targets.some((target) => target.includes('/4711'))).toBe(true);
});

test('makes bodies that the contract accepts', () => {
  const schema = operations.find(({ id }) => id === 'createIncident')?.body ?? {};
  fc.assert(
    fc.property(validBody(schema), ({ bytes }) => {
      const json = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
      expect(CreateIncident.safeParse(JSON.parse(json)).error).toBeUndefined();
    }),
  );
});
