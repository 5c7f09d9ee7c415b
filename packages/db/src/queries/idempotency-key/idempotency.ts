/** The `Idempotency-Key` of a request and a digest of its input. */
export interface Idempotency {
  key: string;
  fingerprint: string;
}
