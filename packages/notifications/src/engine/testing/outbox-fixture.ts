import { eventually } from '@incidents/testing/eventually';
import {
  type DifferingPlan,
  forgetDeliveries,
  outboxes,
  planEvents,
  type SomeEvent,
  someEvent,
} from '@incidents/testing/fixtures/deliveries';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, expect } from 'vitest';
import type { Channel, ChannelName, SendResult } from '../channel.ts';
import { startTestEngine } from './engine-fixture.ts';
import type { ScriptedChannel } from './scripted-channel.ts';

export const telegram = { channel: 'telegram', transport: 'telegram' } as const;
export const sent: SendResult = { kind: 'sent', providerMessageId: 'm-1' };
export const unavailable: SendResult = { kind: 'unavailable', error: 'connect ECONNREFUSED' };

export interface DeliveryState {
  id: number;
  incident_id: number;
  recipient: string;
  state: string;
  attempts: number;
  last_error: string | null;
}

export function useOutboxes() {
  const database = useTestDatabase();
  const log = useTestLogger();
  beforeEach(() => forgetDeliveries(database.db));

  async function readDeliveries(): Promise<DeliveryState[]> {
    const { rows } = await database.db.pool.query<DeliveryState>(
      'select id, incident_id, recipient, state, attempts, last_error from deliveries order by event_id, id',
    );
    return rows;
  }

  return {
    database,
    log,
    readDeliveries,
    startEngine: (
      channels: Partial<Record<ChannelName, Channel>>,
      options: { url?: string; maxAgeSeconds?: number } = {},
    ) => startTestEngine({ url: database.url, pools: database.db, logger: log.logger, channels, ...options }),

    async planIncidents(count: number, differing: DifferingPlan = {}): Promise<SomeEvent[]> {
      const events: SomeEvent[] = [];
      for (let index = 0; index < count; index++) {
        const event = await someEvent(database.db);
        await planEvents(database.db, [event], differing);
        events.push(event);
      }
      return events;
    },

    readStates: async () => [...new Set((await readDeliveries()).map(({ state }) => state))],

    waitUntilSent: (timeoutMs = 15_000) =>
      eventually(async () => {
        const waiting = (await readDeliveries()).filter(
          ({ state }) => state === 'pending' || state === 'sending',
        );
        expect(waiting).toEqual([]);
      }, timeoutMs),

    waitUntilReleased: () =>
      eventually(async () => {
        for (const { owner, due_in } of await outboxes(database.db)) {
          expect({ owner, due_in }).toEqual({ owner: null, due_in: null });
        }
      }),
  };
}

export const listIncidentIds = (events: SomeEvent[]) => events.map(({ incident_id }) => incident_id);

export const listSentIncidents = ({ messages }: ScriptedChannel, recipient = 'duty@example.com') =>
  messages.filter((message) => message.recipient === recipient).flatMap(({ incidents }) => incidents);

export function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
