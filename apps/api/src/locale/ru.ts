import { ru as zodRu } from 'zod/locales';
import type { Locale } from './locale.ts';
import { validationMessages } from './validation-messages.ts';

export const ru: Locale = {
  problems: {
    malformed_request: {
      title: 'Запрос не разобран',
      detail:
        'Запрос нарушает правила HTTP; кириллица в адресе должна быть закодирована: ?status=%D0%BD%D0%BE%D0%B2%D1%8B%D0%B9',
    },
    validation_failed: { title: 'Запрос не прошёл проверку', detail: 'Запрос не прошёл проверку' },
    unauthenticated: {
      title: 'Нужен ключ',
      detail:
        'Нужен действующий ключ в заголовке Authorization: Bearer … или X-API-Key, либо вход по ключу; ключ не указан, неизвестен, отозван или истёк, или сеанс закончился',
    },
    insufficient_scope: {
      title: 'Недостаточно прав',
      detail: 'У этого ключа нет права',
    },
    host_not_local: {
      title: 'Чужой адрес',
      detail:
        'Сервис открыт без ключей и поэтому отвечает только на этой машине и не через прокси: http://127.0.0.1, http://localhost',
    },
    cross_site_request: {
      title: 'Запрос с чужого сайта',
      detail:
        'Сервис открыт без ключей и поэтому не принимает запросы со страниц других сайтов; страницам из CORS_ORIGINS можно обращаться к нему через CORS',
    },
    not_same_origin: {
      title: 'Запрос не с этого адреса',
      detail:
        'Изменения с cookie принимаются только со страниц этого адреса (Sec-Fetch-Site или Origin) или с заголовком X-Requested-By',
    },
    api_key_not_found: {
      title: 'Ключ не найден',
      detail: 'Ключ не найден',
    },
    incident_not_found: { title: 'Инцидент не найден', detail: 'Инцидент не найден' },
    version_mismatch: {
      title: 'Версия устарела',
      detail: 'Инцидент тем временем изменился; его текущее состояние — в поле incident',
    },
    dedup_key_taken: {
      title: 'Ключ занят',
      detail: 'Открыт другой инцидент с этими source и dedup_key; его номер — в поле incident_id',
    },
    idempotency_key_reused: {
      title: 'Idempotency-Key уже использован',
      detail: 'Этот Idempotency-Key уже использован в запросе с другим телом',
    },
    request_in_progress: {
      title: 'Запрос ещё выполняется',
      detail: 'Запрос с этим Idempotency-Key ещё не завершён; повторите чуть позже',
    },
    delivery_not_found: { title: 'Доставка не найдена', detail: 'Доставка не найдена' },
    delivery_not_failed: {
      title: 'Повтор невозможен',
      detail: 'Повторить можно только неудавшуюся (failed) или ожидающую (pending) доставку',
    },
    job_not_found: { title: 'Задача не найдена', detail: 'Задача не найдена' },
    job_not_changeable: {
      title: 'Задачу нельзя изменить',
      detail: 'Повторить или удалить можно только ту задачу, которая не выполняется и ещё не выполнена',
    },
    route_not_found: {
      title: 'Адрес не найден',
      detail: 'По этому адресу ничего нет, список адресов: /docs',
    },
    method_not_allowed: {
      title: 'Метод не поддерживается',
      detail: 'Этот адрес не поддерживает такой метод, допустимые перечислены в заголовке Allow',
    },
    request_timeout: {
      title: 'Запрос не дождались',
      detail: 'Запрос приходил слишком долго: на заголовки даётся 10 секунд, на весь запрос 30',
    },
    payload_too_large: { title: 'Слишком большой запрос', detail: 'Тело запроса больше 512 КиБ' },
    unsupported_media_type: {
      title: 'Неподдерживаемый тип данных',
      detail: 'Тело запроса должно быть в формате JSON (Content-Type: application/json)',
    },
    rate_limited: {
      title: 'Слишком много запросов',
      detail:
        'Запросы на эту минуту исчерпаны: повторите через столько секунд, сколько указано в Retry-After',
    },
    headers_too_large: {
      title: 'Слишком большие заголовки',
      detail: 'Адрес и заголовки запроса вместе больше 16 КиБ',
    },
    internal_error: {
      title: 'Внутренняя ошибка',
      detail: 'Внутренняя ошибка сервиса; причина записана в журнал под номером этого запроса',
    },
    not_ready: {
      title: 'Сервис не готов',
      detail: 'Сервис пока не может работать, подробности в поле checks',
    },
    overloaded: {
      title: 'Сервис перегружен',
      detail: 'Сейчас слишком много запросов, повторите этот немного позже',
    },
    unavailable: {
      title: 'Сервис временно недоступен',
      detail: 'База данных сейчас недоступна, повторите запрос немного позже',
    },
  },
  validation: validationMessages(
    {
      required: 'обязательное поле',
      whole_number: 'ожидается целое число',
      nul_character: 'символ с кодом 0 недопустим',
      lone_surrogate: 'половина суррогатной пары недопустима',
      too_many_bytes: (maximum) => `не больше ${maximum} байт в UTF-8`,
      not_in_future: 'ожидается время в будущем',
      time: 'ожидается время ISO 8601 со смещением: 2099-01-01T00:00:00Z',
      array: 'ожидается массив',
      shortest: (characters) => `длина не меньше ${characters}`,
      longest: (characters) => `длина не больше ${characters}`,
      smallest: (number) => `не меньше ${number}`,
      largest: (number) => `не больше ${number}`,
      one_of: (values) => `допустимые значения: ${values.join(', ')}`,
      string: 'ожидается строка',
      object: 'ожидается объект JSON',
      record_key: 'недопустимое имя',
    },
    zodRu().localeError,
  ),
  malformed_json: 'ожидается JSON в кодировке UTF-8',
  too_deep: 'вложенность JSON больше 1000 уровней',
};
