import { ValidationProblem } from '@incidents/contracts';
import type { TestApp } from './test-app.ts';

export type RequestBody = string | Uint8Array<ArrayBuffer> | ReadableStream;

export const incidentPoster =
  ({ request }: Pick<TestApp, 'request'>) =>
  (body: RequestBody | undefined, headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
    request('/incidents/', {
      method: 'POST',
      headers,
      ...(body !== undefined && { body }),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });

/** The JSON of an incident; `text` is already escaped. */
export const withText = (text: string) => `{"text":"${text}","description":"d","source":"operator"}`;

export const toUtf8 = (text: string) => new TextEncoder().encode(text);

export const refusalsOf = (body: unknown) =>
  ValidationProblem.parse(body).errors.map(({ path, code }) => `${path} ${code}`);
