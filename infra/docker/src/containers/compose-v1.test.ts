import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readText } from '../testing/compose-file.ts';
import { toComposeV1 } from './compose-v1.ts';

describe('toComposeV1', () => {
  const text = readText('docker-compose.yml');

  test('changes only the name and durations that repeat a unit', () => {
    const before = parse(text, { merge: true });
    const after = parse(toComposeV1(text), { merge: true });
    expect(before.name).toBe('incident-service');
    expect(after).not.toHaveProperty('name');
    for (const service of ['api', 'worker', 'migrate']) {
      expect(after.services[service].stop_grace_period).toBe('15s');
      after.services[service].stop_grace_period = before.services[service].stop_grace_period;
    }
    after['x-app'].stop_grace_period = before['x-app'].stop_grace_period;
    expect({ name: before.name, ...after }).toEqual(before);
  });
});
