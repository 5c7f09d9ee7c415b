import type { Messages } from './messages.ts';

export const en: Messages = {
  language: 'en',
  title: ({ id }) => `Incident #${id}`,
  newTitle: ({ id }) => `New incident #${id}`,
  repeatedTitle: ({ id, occurrences }) =>
    `Incident #${id} occurred again (${occurrences} ${occurrences === 1 ? 'time' : 'times'})`,
  escalatedTitle: ({ id }) => `Incident #${id} is not in progress yet: escalation`,
  subject: ({ id, text }) => `Incident #${id}: ${text}`,
  labels: {
    status: 'Status',
    statusNow: 'Now',
    severity: 'Severity',
    source: 'Source',
    bot: 'Bot',
    assignee: 'Assignee',
    occurrences: 'Occurrences',
    created: 'Created',
    change: 'Change',
    actor: 'By',
  },
  severities: new Map([
    ['critical', 'critical'],
    ['error', 'error'],
    ['warning', 'warning'],
    ['info', 'info'],
  ]),
  openIncident: 'Open the incident',
  actors: {
    anonymous: 'anonymous',
    adminKey: 'administrator key',
    key: ({ id, name }) => `${name} (key #${id})`,
  },
  digestHeadings: { created: 'New incidents', escalated: 'Not in progress yet', mixed: 'Incidents' },
  test: {
    subject: 'Test message of the incident service',
    text: 'Messages about incidents arrive here. Nothing has happened, nothing is to be done.',
  },
};
