import type { Messages } from './messages.ts';

const plural = new Intl.PluralRules('ru');

export const ru: Messages = {
  language: 'ru',
  title: ({ id }) => `Инцидент №${id}`,
  newTitle: ({ id }) => `Новый инцидент №${id}`,
  repeatedTitle: ({ id, occurrences }) =>
    `Инцидент №${id} повторился (${occurrences} ${plural.select(occurrences) === 'few' ? 'раза' : 'раз'})`,
  escalatedTitle: ({ id }) => `Инцидент №${id} не взят в работу: эскалация`,
  subject: ({ id, text }) => `Инцидент №${id}: ${text}`,
  labels: {
    status: 'Статус',
    statusNow: 'Сейчас',
    severity: 'Уровень',
    source: 'Источник',
    bot: 'Бот',
    assignee: 'Ответственный',
    occurrences: 'Случаев',
    created: 'Создан',
    change: 'Изменение',
    actor: 'Кто',
  },
  severities: new Map([
    ['critical', 'критический'],
    ['error', 'ошибка'],
    ['warning', 'предупреждение'],
    ['info', 'информация'],
  ]),
  openIncident: 'Открыть инцидент',
  actors: {
    anonymous: 'аноним',
    adminKey: 'ключ администратора',
    key: ({ id, name }) => `${name} (ключ №${id})`,
  },
  digestHeadings: { created: 'Новые инциденты', escalated: 'Не взяты в работу', mixed: 'Инциденты' },
  test: {
    subject: 'Проверочное сообщение сервиса инцидентов',
    text: 'Сообщения об инцидентах доходят сюда. Ничего не случилось, делать ничего не нужно.',
  },
};
