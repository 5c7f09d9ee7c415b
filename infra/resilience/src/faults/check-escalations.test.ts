import { describe, expect, test } from 'vitest';
import type { Arrival } from './accepted-incidents.ts';
import { type EscalatedIncident, findEscalationFailures, findToldEscalations } from './check-escalations.ts';

const incident = (differing: Partial<EscalatedIncident> = {}): EscalatedIncident => ({
  id: 1,
  status: 'в работе',
  isScheduled: false,
  escalations: 1,
  early: 0,
  late: 0,
  ...differing,
});
const told = (id: number, channels: Arrival['channel'][] = ['email', 'telegram']): Arrival[] =>
  channels.map((channel) => ({ channel, incident: id, at: 0, isEscalation: true }));

describe('findEscalationFailures', () => {
  test('finds none when each escalation was told and each incident was taken', () => {
    const incidents = [incident(), incident({ id: 2, escalations: 0 })];
    expect(findEscalationFailures(incidents, told(1))).toEqual([]);
  });

  test.each<[string, Partial<EscalatedIncident>, Arrival[]]>([
    ['not taken, so its escalation was not told', { status: 'новый', isScheduled: true, escalations: 0 }, []],
    ['taken, but still scheduled', { isScheduled: true }, told(1)],
    ['escalated before it was due', { early: 1 }, told(1)],
    ['escalated after it was taken', { late: 1 }, told(1)],
    ['2 escalations, but 1 mails about them', { escalations: 2 }, told(1)],
    ['told as escalated without an escalation', { escalations: 0 }, told(1)],
  ])('%s', (failure, differing, arrivals) => {
    expect(findEscalationFailures([incident(differing)], arrivals)).toEqual([`№1: ${failure}`]);
  });
});

test('findToldEscalations returns the incidents of which each channel has told', () => {
  const creation = { channel: 'telegram', incident: 2, at: 0, isEscalation: false } as const;
  expect(findToldEscalations([...told(1), ...told(2, ['email']), creation])).toEqual([1]);
});
