import { describe, expect, test } from 'vitest';
import type { Arrival } from './accepted-incidents.ts';
import {
  type EscalatedIncident,
  findEscalationFailures,
  findNotifiedEscalations,
} from './check-escalations.ts';

const incident = (differing: Partial<EscalatedIncident> = {}): EscalatedIncident => ({
  id: 1,
  status: 'в работе',
  isScheduled: false,
  escalations: 1,
  early: 0,
  late: 0,
  ...differing,
});
const arrived = (id: number, channels: Arrival['channel'][] = ['email', 'telegram']): Arrival[] =>
  channels.map((channel) => ({ channel, incident: id, at: 0, isEscalation: true }));

describe('findEscalationFailures', () => {
  test('finds none when each escalation arrived and each incident was taken', () => {
    const incidents = [incident(), incident({ id: 2, escalations: 0 })];
    expect(findEscalationFailures(incidents, arrived(1))).toEqual([]);
  });

  test.each<[string, Partial<EscalatedIncident>, Arrival[]]>([
    [
      'not taken, so its escalation did not arrive',
      { status: 'новый', isScheduled: true, escalations: 0 },
      [],
    ],
    ['taken, but still scheduled', { isScheduled: true }, arrived(1)],
    ['escalated before it was due', { early: 1 }, arrived(1)],
    ['escalated after it was taken', { late: 1 }, arrived(1)],
    ['2 escalations, but 1 mails about them', { escalations: 2 }, arrived(1)],
    ['notified of an escalation that is not stored', { escalations: 0 }, arrived(1)],
  ])('%s', (failure, differing, arrivals) => {
    expect(findEscalationFailures([incident(differing)], arrivals)).toEqual([`№1: ${failure}`]);
  });
});

test('findNotifiedEscalations returns the incidents of whose escalation both channels have notified', () => {
  const creation = { channel: 'telegram', incident: 2, at: 0, isEscalation: false } as const;
  expect(findNotifiedEscalations([...arrived(1), ...arrived(2, ['email']), creation])).toEqual([1]);
});
