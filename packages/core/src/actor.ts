/** The author of a change, as the history of an incident stores it. */
export type Actor =
  /** An API key by its id and name, or the key of the environment. */
  | `key:${number}:${string}`
  | 'key:ADMIN_API_KEY'
  /** A request without a key. */
  | 'anonymous'
  /** A job. */
  | 'worker';
