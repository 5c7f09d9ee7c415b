import type { Locale } from '../locale/locale.ts';
import { type HttpProblem, problems, problemType } from './problem.ts';

export function createProblemDocument(
  { code, extensions, subject }: HttpProblem,
  request: { locale: Locale; instance: string; requestId: string },
) {
  const { title, detail } = request.locale.problems[code];
  return {
    type: problemType(code),
    title,
    status: problems[code].status,
    detail: formatDetail(extensions, subject === undefined ? detail : `${detail}: ${subject}`),
    instance: request.instance,
    request_id: request.requestId,
    ...extensions,
  };
}

const MAX_FIELDS_IN_DETAIL = 3;

function formatDetail({ errors = [] }: HttpProblem['extensions'], text: string): string {
  if (errors.length === 0) return text;
  const named = errors.slice(0, MAX_FIELDS_IN_DETAIL).map(({ path, message }) => `${path}: ${message}`);
  const more = errors.length > named.length ? '; …' : '';
  return `${text}: ${named.join('; ')}${more}`;
}
