import { describe, expect, test } from 'vitest';
import { IncidentEvent, IncidentEventList } from './incident-event.ts';

const event = {
  id: 2,
  incident_id: 1,
  kind: 'updated',
  changes: { status: { from: 'новый', to: 'закрыт' }, text: { from: 'a', to: 'b' } },
  comment: null,
  actor: 'anonymous',
  request_id: 'r1',
  at: '2025-11-08T12:00:00.000Z',
};
const refused = (change: object) =>
  IncidentEvent.safeParse({ ...event, ...change }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('IncidentEvent', () => {
  test('parses an event unchanged, also without changes', () => {
    expect(IncidentEvent.parse(event)).toEqual(event);
    const created = { ...event, kind: 'created', changes: {} };
    expect(IncidentEvent.parse(created)).toEqual(created);
  });

  test('accepts changes of fields of later versions', () => {
    expect(refused({ changes: { severity: { from: 'low', to: 'high' } } })).toEqual([]);
  });

  test('accepts kinds of later versions', () => {
    expect(refused({ kind: 'merged' })).toEqual([]);
  });

  test('accepts legacy values of an incident', () => {
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
  ])('refuses %j', (change, path) => {
    expect(refused(change)).toEqual([path]);
  });

  test('is listed in a bare array', () => {
    expect(IncidentEventList.parse([])).toEqual([]);
    expect(IncidentEventList.safeParse([{ ...event, added_later: 1 }]).success).toBe(true);
    expect(IncidentEventList.safeParse({ items: [] }).success).toBe(false);
  });
});
