import type { Messages } from './messages.ts';

export const en: Messages = {
  language: 'en',
  title: ({ id }) => `Incident #${id}`,
  newTitle: ({ id }) => `New incident #${id}`,
  subject: ({ id, text }) => `Incident #${id}: ${text}`,
  labels: {
    status: 'Status',
    statusNow: 'Now',
    source: 'Source',
    created: 'Created',
    change: 'Change',
    actor: 'By',
  },
  openIncident: 'Open the incident',
  actors: {
    anonymous: 'anonymous',
    adminKey: 'administrator key',
    key: ({ id, name }) => `${name} (key #${id})`,
  },
  digestHeading: (incidents) => `New incidents: ${incidents}`,
  test: {
    subject: 'Test message of the incident service',
    text: 'Messages about incidents arrive here. Nothing has happened, nothing is to be done.',
  },
};
