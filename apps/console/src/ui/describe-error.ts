import type { Texts } from '../locale/ru.ts';
import { ProblemError } from '../service/request.ts';

/** In the words of the service, where it has answered. */
export const describeError = (error: unknown, texts: Texts): string =>
  error instanceof ProblemError ? error.message : texts.common.noReply;
