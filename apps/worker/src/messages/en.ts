import type { Messages } from './messages.ts';
import { utcMinute } from './utc-minute.ts';

export const en: Messages = {
  newIncident: (incident) => ({
    subject: `Incident #${incident.id}: ${incident.text}`,
    text: [
      `New incident #${incident.id}`,
      '',
      incident.text,
      '',
      incident.description,
      '',
      `Status: ${incident.status}`,
      `Source: ${incident.source}`,
      `Created: ${utcMinute(incident.created_at)}`,
    ].join('\n'),
  }),
};
