import { ru as zodRu } from 'zod/locales';
import type { Locale } from './locale.ts';
import { validationMessages } from './validation-messages.ts';

export const ru: Locale = {
  problems: {
    validation_failed: { title: 'Запрос не прошёл проверку', detail: 'Запрос не прошёл проверку' },
    incident_not_found: { title: 'Инцидент не найден', detail: 'Инцидент не найден' },
    route_not_found: {
      title: 'Адрес не найден',
      detail: 'По этому адресу ничего нет, список адресов: /docs',
    },
    method_not_allowed: {
      title: 'Метод не поддерживается',
      detail: 'Этот адрес не поддерживает такой метод, допустимые перечислены в заголовке Allow',
    },
    payload_too_large: { title: 'Слишком большой запрос', detail: 'Тело запроса больше 512 КиБ' },
    unsupported_media_type: {
      title: 'Неподдерживаемый тип данных',
      detail: 'Тело запроса должно быть в формате JSON (Content-Type: application/json)',
    },
    internal_error: {
      title: 'Внутренняя ошибка',
      detail: 'Внутренняя ошибка сервиса; причина записана в журнал под номером этого запроса',
    },
    not_ready: {
      title: 'Сервис не готов',
      detail: 'Сервис пока не может работать, подробности в поле checks',
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
      shortest: (characters) => `длина не меньше ${characters}`,
      longest: (characters) => `длина не больше ${characters}`,
      smallest: (number) => `не меньше ${number}`,
      largest: (number) => `не больше ${number}`,
      one_of: (values) => `допустимые значения: ${values.join(', ')}`,
      string: 'ожидается строка',
      object: 'ожидается объект JSON',
    },
    zodRu().localeError,
  ),
  malformed_json: 'ожидается JSON в кодировке UTF-8',
};
