import type { Incident } from '@incidents/contracts';

/** An incident that was taken, for the document. */
export const incidentExample: Incident = {
  id: 1,
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'в работе',
  source: 'operator',
  created_at: '2025-11-08T12:00:00.000Z',
  severity: 'error',
  bot: 'shop_bot',
  assignee: 'Анна',
  labels: { region: 'eu' },
  links: [],
  dedup_key: null,
  occurrences: 1,
  last_seen_at: '2025-11-08T12:00:00.000Z',
  updated_at: '2025-11-08T12:05:00.000Z',
  acknowledged_at: '2025-11-08T12:05:00.000Z',
  closed_at: null,
  escalates_at: null,
  version: 2,
};
