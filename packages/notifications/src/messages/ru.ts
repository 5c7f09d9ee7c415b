import type { Messages } from './messages.ts';

export const ru: Messages = {
  language: 'ru',
  heading: ({ id }, { kind }) =>
    kind === 'created' ? `Новый инцидент №${id}` : `Инцидент №${id}: статус изменён`,
  title: ({ id }) => `Инцидент №${id}`,
  subject: ({ id, text }) => `Инцидент №${id}: ${text}`,
  labels: { status: 'Статус', source: 'Источник', created: 'Создан' },
  digestHeading: (incidents) => `Новые инциденты: ${incidents}`,
};
