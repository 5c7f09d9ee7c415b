import type { Messages } from './messages.ts';
import { utcMinute } from './utc-minute.ts';

export const ru: Messages = {
  newIncident: (incident) => ({
    subject: `Инцидент №${incident.id}: ${incident.text}`,
    text: [
      `Новый инцидент №${incident.id}`,
      '',
      incident.text,
      '',
      incident.description,
      '',
      `Статус: ${incident.status}`,
      `Источник: ${incident.source}`,
      `Создан: ${utcMinute(incident.created_at)}`,
    ].join('\n'),
  }),
};
