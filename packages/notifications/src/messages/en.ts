import type { Messages } from './messages.ts';

export const en: Messages = {
  language: 'en',
  heading: ({ id }, { kind }) => (kind === 'created' ? `New incident #${id}` : `Incident #${id}: new status`),
  title: ({ id }) => `Incident #${id}`,
  subject: ({ id, text }) => `Incident #${id}: ${text}`,
  labels: { status: 'Status', source: 'Source', created: 'Created' },
  digestHeading: (incidents) => `New incidents: ${incidents}`,
};
