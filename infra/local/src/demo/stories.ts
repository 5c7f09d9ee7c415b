import type { Random } from './random.ts';

export type Severity = 'critical' | 'error' | 'warning' | 'info';
export type Source = 'operator' | 'monitoring' | 'partner';

/** A kind of incident. `{bot}` and `{n}` in its texts stand for the bot and a number. */
export interface Story {
  text: string;
  description: string;
  component: string;
  severity: Partial<Record<Severity, number>>;
  source: Partial<Record<Source, number>>;
  /** Whether a monitor reports it again and again while it is open. */
  repeats?: boolean;
  /** Comments on the open incident. */
  comments: string[];
  /** How they explain its end. */
  endings: string[];
}

export const BOTS = [
  'orders_help_bot',
  'delivery_track_bot',
  'pay_assistant_bot',
  'booking_desk_bot',
  'loyalty_club_bot',
  'hr_news_bot',
  'support_line_bot',
];

export const PEOPLE = ['Анна Петрова', 'Игорь Соколов', 'Мария Ким', 'Тимур Ахметов', 'Ольга Белова'];

export const fillIn = (text: string, bot: string, random: Random): string =>
  text.replaceAll('{bot}', `@${bot}`).replaceAll('{n}', () => String(random.whole(12, 480)));

export const STORIES: Story[] = [
  {
    text: 'Бот {bot} не отвечает на команды',
    description:
      'После обновления бот перестал реагировать на /start и /help. Старые чаты открываются, новые сообщения остаются без ответа.',
    component: 'handlers',
    severity: { critical: 3, error: 6 },
    source: { operator: 6, partner: 3 },
    comments: [
      'Воспроизвёл на тестовом аккаунте',
      'Откатываю на прошлую версию',
      'Похоже на сегодняшний релиз',
    ],
    endings: ['Откатили релиз, команды работают', 'Перезапустили обработчики, бот отвечает'],
  },
  {
    text: 'Webhook {bot} отвечает 502 чаще обычного',
    description:
      'Доля ответов 502 за пять минут — {n} из 1000. getWebhookInfo: last_error_message "Wrong response from the webhook: 502 Bad Gateway".',
    component: 'webhook',
    severity: { critical: 2, error: 7, warning: 3 },
    source: { monitoring: 10 },
    repeats: true,
    comments: [
      'Один из трёх подов в CrashLoopBackOff',
      'Увеличил лимит памяти',
      'Смотрю логи балансировщика',
    ],
    endings: ['Добавили память, ошибок нет полчаса', 'Заменили узел, webhook отвечает 200'],
  },
  {
    text: 'Очередь обновлений {bot} растёт',
    description:
      'pending_update_count = {n}00 и увеличивается. Пользователи получают ответ через несколько минут.',
    component: 'updates',
    severity: { critical: 1, error: 4, warning: 6 },
    source: { monitoring: 10 },
    repeats: true,
    comments: ['Добавил два обработчика', 'Очередь убывает, около 200 в секунду', 'Тормозит запрос к CRM'],
    endings: ['Очередь разобрана', 'Запрос к CRM вынесен в фон, очередь пуста'],
  },
  {
    text: 'Не проходят платежи в {bot}',
    description:
      'Пользователи видят «Платёж отклонён» сразу после ввода карты. За последний час {n} отказов, обычно не больше десяти.',
    component: 'payments',
    severity: { critical: 6, error: 4 },
    source: { partner: 5, operator: 4, monitoring: 2 },
    comments: [
      'Написал в поддержку платёжного шлюза',
      'Шлюз подтвердил сбой у себя',
      'Временно скрыли кнопку оплаты',
    ],
    endings: ['Шлюз восстановил приём карт', 'Обновили сертификат, платежи проходят'],
  },
  {
    text: 'Задержка ответа {bot} больше 3 секунд',
    description: '95-й перцентиль времени ответа — {n}0 мс при норме 800 мс. Затронуты все команды.',
    component: 'latency',
    severity: { error: 2, warning: 8 },
    source: { monitoring: 10 },
    repeats: true,
    comments: ['База не нагружена, дело в кэше', 'Прогрел кэш вручную'],
    endings: ['Время ответа в норме', 'Вернули кэш после переезда, 95-й перцентиль 420 мс'],
  },
  {
    text: 'Ошибка 429 Too Many Requests при рассылке {bot}',
    description: 'Telegram просит паузу: retry_after {n}. Рассылка остановлена на середине списка.',
    component: 'broadcast',
    severity: { error: 3, warning: 6 },
    source: { monitoring: 6, operator: 3 },
    comments: ['Снизил скорость до 20 сообщений в секунду', 'Продолжу рассылку вечером'],
    endings: ['Рассылка завершена с ограничением скорости', 'Остаток списка отправлен ночью'],
  },
  {
    text: 'Пользователь жалуется: {bot} дублирует сообщения',
    description: 'Каждое уведомление о заказе приходит дважды. Номер обращения {n}.',
    component: 'handlers',
    severity: { error: 2, warning: 6 },
    source: { operator: 8, partner: 2 },
    comments: ['Повторил: второй экземпляр обработчика не остановлен', 'Жду подтверждения пользователя'],
    endings: ['Остановили лишний экземпляр', 'Пользователь подтвердил: дублей нет'],
  },
  {
    text: 'Срок сертификата webhook {bot} истекает',
    description: 'До окончания срока меньше 14 дней. Автоматическое обновление не сработало.',
    component: 'tls',
    severity: { warning: 6, info: 4 },
    source: { monitoring: 10 },
    repeats: true,
    comments: ['Обновление упало на проверке DNS'],
    endings: ['Сертификат обновлён на 90 дней'],
  },
  {
    text: 'Партнёр не получает заявки из {bot}',
    description:
      'Последняя заявка пришла {n} минут назад, обычно они приходят каждую минуту. В боте заявки создаются.',
    component: 'crm',
    severity: { critical: 2, error: 6 },
    source: { partner: 9, operator: 1 },
    comments: [
      'В журнале 401 от CRM: сменился ключ',
      'Партнёр прислал новый ключ',
      'Заявки за паузу отправлю повторно',
    ],
    endings: ['Ключ заменён, заявки за паузу доставлены', 'CRM партнёра снова принимает заявки'],
  },
  {
    text: 'Опечатка в приветствии {bot}',
    description: 'В ответе на /start написано «Добро пожаловатть».',
    component: 'texts',
    severity: { info: 10 },
    source: { operator: 8, partner: 2 },
    comments: ['Исправлю вместе со следующим релизом'],
    endings: ['Текст исправлен'],
  },
  {
    text: 'Место на диске узла {bot} заканчивается',
    description: 'Занято 91 %. Быстрее всего растёт каталог журналов: {n} МБ в час.',
    component: 'disk',
    severity: { error: 2, warning: 7 },
    source: { monitoring: 10 },
    repeats: true,
    comments: ['Включил сжатие журналов', 'Удалил журналы старше недели'],
    endings: ['Занято 54 %', 'Диск расширен'],
  },
  {
    text: 'Кнопки меню {bot} не нажимаются на iOS',
    description:
      'После обновления клиента Telegram inline-кнопки не реагируют. На Android и в вебе всё работает.',
    component: 'keyboard',
    severity: { error: 3, warning: 5 },
    source: { operator: 7, partner: 3 },
    comments: ['Воспроизводится на iOS 18', 'callback_data длиннее 64 байт в одной из кнопок'],
    endings: ['Сократили callback_data, кнопки работают', 'Исправлено в обновлении клиента'],
  },
  {
    text: 'Бот {bot} заблокирован в чате партнёра',
    description: 'sendMessage возвращает 403 Forbidden: bot was kicked from the group chat. Чат № {n}.',
    component: 'chats',
    severity: { error: 2, warning: 5, info: 2 },
    source: { monitoring: 5, partner: 4 },
    comments: ['Написал администратору чата'],
    endings: ['Бота вернули в чат', 'Чат закрыт, подписка удалена'],
  },
  {
    text: 'Расхождение баллов в {bot}',
    description: 'У {n} пользователей баланс в боте не совпадает с балансом в учётной системе.',
    component: 'loyalty',
    severity: { error: 4, warning: 4 },
    source: { operator: 5, monitoring: 4 },
    comments: ['Пересчитываю начисления за вчера', 'Расхождение только по возвратам'],
    endings: ['Балансы пересчитаны', 'Возвраты учтены, сверка сошлась'],
  },
  {
    text: 'Плановые работы: обновление {bot}',
    description: 'Сегодня ночью бот будет недоступен до 15 минут. Ответственный предупреждён.',
    component: 'release',
    severity: { info: 10 },
    source: { operator: 10 },
    comments: ['Пользователи предупреждены в канале'],
    endings: ['Обновление установлено, проверка пройдена'],
  },
  {
    text: 'Не загружаются фотографии в {bot}',
    description:
      'getFile отвечает 400 Bad Request: file is too big для файлов больше 20 МБ. Обращений за день: {n}.',
    component: 'media',
    severity: { error: 3, warning: 5 },
    source: { operator: 6, partner: 3 },
    comments: ['Предлагаю сжимать на стороне клиента', 'Добавлю понятное сообщение об ограничении'],
    endings: ['Бот объясняет ограничение и принимает сжатые фото'],
  },
  {
    text: 'Нет связи с базой данных у {bot}',
    description: 'connection refused, {n} ошибок за минуту. Бот отвечает «Попробуйте позже» на все команды.',
    component: 'database',
    severity: { critical: 8, error: 2 },
    source: { monitoring: 9, operator: 1 },
    repeats: true,
    comments: ['Переключение на резерв идёт', 'Основной сервер перезагружен провайдером'],
    endings: ['Переключились на резерв, потерь нет', 'Основной сервер вернулся, репликация догнала'],
  },
];
