import type { DigestEntry, IncidentNotice, NotifiedEvent } from '../../engine/channel.ts';
import { unreportedFields } from '../../engine/testing/unreported-fields.ts';

export const notice = (
  differing: Partial<Omit<IncidentNotice, 'incident'>> & {
    incident?: Partial<IncidentNotice['incident']>;
  } = {},
): IncidentNotice => ({
  deliveryId: 345,
  recipient: 'duty@example.com',
  event: { id: 77, kind: 'created', changes: {}, actor: 'anonymous' },
  previousMessageId: null,
  ...differing,
  incident: {
    id: 12,
    text: 'Бот не отвечает на команды',
    description: 'После обновления бот перестал реагировать на /start',
    status: 'новый',
    source: 'operator',
    created_at: '2025-11-08T12:00:00.000Z',
    ...unreportedFields,
    ...differing.incident,
  },
});

export const change = (differing: Partial<NotifiedEvent> = {}): NotifiedEvent => ({
  id: 78,
  kind: 'updated',
  changes: { status: { from: 'новый', to: 'в работе' } },
  actor: 'anonymous',
  ...differing,
});

export const entry = (differing: Partial<DigestEntry> = {}): DigestEntry => ({
  id: 12,
  text: 'Бот не отвечает на команды',
  status: 'новый',
  source: 'operator',
  created_at: '2025-11-08T12:00:00.000Z',
  severity: 'error',
  bot: null,
  assignee: null,
  occurrences: 1,
  kind: 'created',
  ...differing,
});
