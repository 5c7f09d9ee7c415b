import type { Messages } from './messages.ts';

export const ru: Messages = {
  language: 'ru',
  title: ({ id }) => `Инцидент №${id}`,
  newTitle: ({ id }) => `Новый инцидент №${id}`,
  subject: ({ id, text }) => `Инцидент №${id}: ${text}`,
  labels: {
    status: 'Статус',
    statusNow: 'Сейчас',
    source: 'Источник',
    created: 'Создан',
    change: 'Изменение',
    actor: 'Кто',
  },
  openIncident: 'Открыть инцидент',
  actors: {
    anonymous: 'аноним',
    adminKey: 'ключ администратора',
    key: ({ id, name }) => `${name} (ключ №${id})`,
  },
  digestHeading: (incidents) => `Новые инциденты: ${incidents}`,
  test: {
    subject: 'Проверочное сообщение сервиса инцидентов',
    text: 'Сообщения об инцидентах доходят сюда. Ничего не случилось, делать ничего не нужно.',
  },
};
