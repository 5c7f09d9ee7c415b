import { en as zodEn } from 'zod/locales';
import type { Locale } from './locale.ts';
import { validationMessages } from './validation-messages.ts';

export const en: Locale = {
  problems: {
    malformed_request: {
      title: 'Malformed request',
      detail:
        'The request breaks the rules of HTTP; an address holds other letters than ASCII only when they are encoded: ?status=%D0%BD%D0%BE%D0%B2%D1%8B%D0%B9',
    },
    validation_failed: { title: 'The request was not accepted', detail: 'The request was not accepted' },
    unauthenticated: {
      title: 'A key is needed',
      detail:
        'A valid key is needed in Authorization: Bearer … or X-API-Key, or a session; there is none, or the key is unknown, revoked or expired, or the session has ended',
    },
    insufficient_scope: {
      title: 'Not allowed',
      detail: 'This key lacks the scope',
    },
    host_not_local: {
      title: 'Not this machine',
      detail:
        'The service is open without keys, and so answers on this machine alone, and not behind a proxy: http://127.0.0.1, http://localhost',
    },
    cross_site_request: {
      title: 'Request of another site',
      detail:
        'The service is open without keys, and so takes no requests of web pages of other origins; those of CORS_ORIGINS may use it by CORS',
    },
    not_same_origin: {
      title: 'A request of another origin',
      detail:
        'Changes with a cookie are accepted from pages of this origin (Sec-Fetch-Site or Origin), or with the header X-Requested-By',
    },
    api_key_not_found: {
      title: 'Key not found',
      detail: 'Key not found',
    },
    incident_not_found: { title: 'Incident not found', detail: 'Incident not found' },
    version_mismatch: {
      title: 'Version mismatch',
      detail: 'The incident has changed meanwhile; `incident` is its present state',
    },
    dedup_key_taken: {
      title: 'Key is taken',
      detail: 'Another incident with this source and dedup_key is open; `incident_id` is its id',
    },
    idempotency_key_reused: {
      title: 'Idempotency-Key was used',
      detail: 'Another request with another body has used this Idempotency-Key',
    },
    request_in_progress: {
      title: 'Request in progress',
      detail: 'A request with this Idempotency-Key has not ended yet; try again in a moment',
    },
    delivery_not_found: { title: 'Delivery not found', detail: 'Delivery not found' },
    delivery_not_failed: {
      title: 'Cannot be retried',
      detail: 'Only a delivery that has failed or is pending can be sent again',
    },
    job_not_found: { title: 'Job not found', detail: 'Job not found' },
    job_not_changeable: {
      title: 'Cannot be changed',
      detail: 'A job that is running or done can be neither retried nor deleted',
    },
    route_not_found: { title: 'No such address', detail: 'Nothing is at this address; see /docs' },
    method_not_allowed: {
      title: 'Method not allowed',
      detail: 'This address does not take that method; those it takes are in the Allow header',
    },
    request_timeout: {
      title: 'Request timed out',
      detail: 'The request took too long to arrive: 10 seconds for its headers, 30 for all of it',
    },
    payload_too_large: { title: 'Request too large', detail: 'The body is larger than 512 KiB' },
    unsupported_media_type: {
      title: 'Unsupported media type',
      detail: 'The body has to be JSON (Content-Type: application/json)',
    },
    rate_limited: {
      title: 'Too many requests',
      detail:
        'The requests of this minute are used up: try again after the seconds of the Retry-After header',
    },
    headers_too_large: {
      title: 'Headers too large',
      detail: 'The address and the headers are larger than 16 KiB together',
    },
    internal_error: {
      title: 'Internal error',
      detail: 'Something failed inside the service; the cause is in its log under the id of this request',
    },
    not_ready: { title: 'Not ready', detail: 'The service cannot do its work yet; see checks' },
    overloaded: {
      title: 'Overloaded',
      detail: 'There are too many requests right now: try this one again a little later',
    },
    unavailable: {
      title: 'Temporarily unavailable',
      detail: 'The database is not available right now; try again in a moment',
    },
  },
  validation: validationMessages(
    {
      required: 'required',
      whole_number: 'a whole number is expected',
      nul_character: 'the character with code 0 is not allowed',
      lone_surrogate: 'half of a surrogate pair is not allowed',
      too_many_bytes: (maximum) => `at most ${maximum} bytes of UTF-8`,
      not_in_future: 'a time to come is expected',
      time: 'a time is expected in ISO 8601 with an offset: 2099-01-01T00:00:00Z',
      array: 'an array is expected',
      shortest: (characters) => `at least ${characters} long`,
      longest: (characters) => `at most ${characters} long`,
      smallest: (number) => `at least ${number}`,
      largest: (number) => `at most ${number}`,
      one_of: (values) => `one of: ${values.join(', ')}`,
      string: 'a string is expected',
      object: 'a JSON object is expected',
      record_key: 'this name is not permitted',
    },
    zodEn().localeError,
  ),
  malformed_json: 'JSON in UTF-8 is expected',
  too_deep: 'the JSON is nested more than 1000 levels deep',
};
