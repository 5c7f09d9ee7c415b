interface SentBody {
  json: string;
  key: string;
}

/** Where the last body and its key outlive the page. */
export interface KeyStore {
  load(): SentBody | undefined;
  store(last: SentBody): void;
}

/** Returns a function that gives equal bodies one `Idempotency-Key`, so a repeated request has one effect. */
export function createIdempotencyKeys(keyStore?: KeyStore): (body: object) => { 'Idempotency-Key': string } {
  let last = keyStore?.load();
  return (body) => {
    const json = JSON.stringify(body);
    if (last?.json !== json) {
      last = { json, key: randomKey() };
      keyStore?.store(last);
    }
    return { 'Idempotency-Key': last.key };
  };
}

/** `crypto.randomUUID` needs HTTPS or loopback. */
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
