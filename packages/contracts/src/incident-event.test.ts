import { describe, expect, test } from 'vitest';
import { IncidentEvent, IncidentEventList } from './incident-event.ts';

const event = {
  id: 2,
  incident_id: 1,
  kind: 'updated',
  changes: { status: { from: 'новый', to: 'закрыт' }, text: { from: 'a', to: 'b' } },
  actor: 'anonymous',
  request_id: 'r1',
  at: '2025-11-08T12:00:00.000Z',
};
const refused = (change: object) =>
  IncidentEvent.safeParse({ ...event, ...change }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('IncidentEvent', () => {
  test('goes through unchanged, also without any change', () => {
    expect(IncidentEvent.parse(event)).toEqual(event);
    const created = { ...event, kind: 'created', changes: {} };
    expect(IncidentEvent.parse(created)).toEqual(created);
  });

  test('takes changes of fields that a later version adds', () => {
    expect(refused({ changes: { severity: { from: 'low', to: 'high' } } })).toEqual([]);
  });

  test('takes kinds that a later version adds', () => {
    expect(refused({ kind: 'merged' })).toEqual([]);
  });

  test('takes what an incident may hold from before, whatever it is', () => {
    expect(refused({ changes: { status: { from: 'open', to: 'закрыт' } } })).toEqual([]);
    expect(refused({ changes: { source: { from: '', to: 'operator' } } })).toEqual([]);
  });

  test.each([
    [{ changes: { text: { from: 'a' } } }, 'changes.text.to'],
    [{ changes: { text: { from: null, to: 'b' } } }, 'changes.text.from'],
    [{ changes: { text: 'b' } }, 'changes.text'],
    [{ changes: null }, 'changes'],
    [{ kind: null }, 'kind'],
    [{ actor: null }, 'actor'],
    [{ at: '2025-11-08T12:00:00' }, 'at'],
  ])('%j is refused', (change, path) => {
    expect(refused(change)).toEqual([path]);
  });

  test('a list of them is a bare array', () => {
    expect(IncidentEventList.parse([])).toEqual([]);
    expect(IncidentEventList.safeParse([{ ...event, added_later: 1 }]).success).toBe(true);
    expect(IncidentEventList.safeParse({ items: [] }).success).toBe(false);
  });
});
