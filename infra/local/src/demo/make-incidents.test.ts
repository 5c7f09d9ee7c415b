import { describe, expect, test } from 'vitest';
import { type DemoIncident, makeIncidents } from './make-incidents.ts';

const NOW = Date.UTC(2026, 2, 31, 15, 30);
const DAY_MS = 86_400_000;
const make = (seed: number): DemoIncident[] =>
  makeIncidents({ seed, now: NOW, incidents: 1_500, actorOf: (name) => `key:1:${name}` });
const incidents = make(1);
const rows = incidents.map(({ row }) => row);

const shareOf = (isCounted: (row: DemoIncident['row']) => boolean) =>
  rows.filter(isCounted).length / rows.length;

describe('makeIncidents', () => {
  test('makes equal incidents of equal seeds only', () => {
    expect(make(1)).toEqual(incidents);
    expect(make(2)).not.toEqual(incidents);
  });

  test('spreads them over each of 30 days, oldest first', () => {
    const times = rows.map(({ created_at }) => Date.parse(created_at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(NOW);
    const days = new Set(times.map((time) => Math.floor(NOW / DAY_MS) - Math.floor(time / DAY_MS)));
    expect([...days].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, day) => day));
  });

  test('has every severity, source and status, and mostly closed incidents', () => {
    for (const severity of ['critical', 'error', 'warning', 'info'])
      expect(shareOf((row) => row.severity === severity)).toBeGreaterThan(0.05);
    for (const source of ['operator', 'monitoring', 'partner'])
      expect(shareOf((row) => row.source === source)).toBeGreaterThan(0.1);
    expect(shareOf(({ status }) => status === 'закрыт')).toBeGreaterThan(0.8);
    for (const status of ['новый', 'в работе'])
      expect(rows.filter((row) => row.status === status).length).toBeGreaterThan(10);
    expect(new Set(rows.map(({ bot }) => bot)).size).toBeGreaterThan(4);
  });

  test('has no two open incidents of one source and dedup_key', () => {
    const open = rows.filter(({ status, dedup_key }) => status !== 'закрыт' && dedup_key !== null);
    const keys = open.map(({ source, dedup_key }) => `${source} ${dedup_key}`);
    expect(open.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each([1, 2, 3, 4, 5])('has consistent histories with seed %i', (seed) => {
    for (const { row, events, deletedBy } of make(seed)) {
      const times = events.map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
      expect(events[0]).toMatchObject({ kind: 'created', at: row.created_at });
      expect(events.at(-1)?.kind === 'deleted').toBe(deletedBy !== undefined);
      const end = [row.acknowledged_at, row.closed_at, row.last_seen_at, row.updated_at, times.at(-1)];
      for (const time of end) {
        if (time == null) continue;
        expect(Date.parse(time)).toBeGreaterThanOrEqual(Date.parse(row.created_at));
        expect(Date.parse(time)).toBeLessThanOrEqual(NOW);
      }
      const statuses = events.flatMap(({ changes }) => changes.status?.to ?? []);
      expect(statuses.at(-1) ?? 'новый').toBe(row.status);
      expect(row.closed_at !== null).toBe(row.status === 'закрыт');
      expect(row.last_seen_at !== null).toBe(row.occurrences > 1);
      const raised = events.flatMap(({ changes }) => changes.severity?.to ?? []);
      if (raised.length > 0) expect(raised.at(-1)).toBe(row.severity);
    }
  });

  test.each([1, 2, 3])(
    'has two new incidents that escalate later, one of them again, with seed %i',
    (seed) => {
      const waiting = make(seed).filter(({ row }) => row.escalates_at !== null);
      expect(waiting).toHaveLength(2);
      for (const { row, deletedBy } of waiting) {
        expect(row).toMatchObject({ status: 'новый', severity: 'critical' });
        expect(Date.parse(row.escalates_at ?? '')).toBeGreaterThan(NOW);
        expect(deletedBy).toBeUndefined();
      }
      expect(waiting.map(({ events }) => events.some(({ kind }) => kind === 'escalated'))).toEqual([
        true,
        false,
      ]);
    },
  );

  test('has deliveries in final states only', () => {
    const deliveries = incidents.flatMap(({ events }) => events.flatMap((event) => event.deliveries));
    const states = Map.groupBy(deliveries, ({ state }) => state);
    expect([...states.keys()].toSorted()).toEqual(['failed', 'sent', 'skipped']);
    for (const { state, sent_at, last_error, created_at, updated_at } of deliveries) {
      expect(sent_at !== null).toBe(state === 'sent');
      expect(last_error === null).toBe(state === 'sent');
      expect(Date.parse(updated_at)).toBeGreaterThanOrEqual(Date.parse(created_at));
      expect(Date.parse(updated_at)).toBeLessThanOrEqual(NOW);
    }
  });
});
