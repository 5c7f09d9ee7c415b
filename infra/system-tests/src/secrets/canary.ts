import { randomBytes } from 'node:crypto';

export interface Canary {
  name: string;
  text: string;
  encoded: string;
  spellings: string[];
}

/** `*` in `text` stands for the random part. Credentials of `users` with it are searched for as well. */
export function makeCanary(name: string, text = '*', ...users: string[]): Canary {
  const secret = text.replace('*', `canary${randomBytes(12).toString('hex')}`);
  const together = users.flatMap((user) => [`${user}:${secret}`, `\0${user}\0${secret}`]);
  return {
    name,
    text: secret,
    encoded: encodeURIComponent(secret),
    spellings: [
      ...new Set([
        secret,
        // The random part alone.
        /canary[0-9a-f]{24}/.exec(secret)?.[0] ?? secret,
        ...[secret, ...together].flatMap((each) => [
          encodeURIComponent(each),
          JSON.stringify(each).slice(1, -1),
          Buffer.from(each).toString('hex'),
          Buffer.from(each).toString('base64').replaceAll('=', ''),
          Buffer.from(each).toString('base64url'),
        ]),
      ]),
    ],
  };
}

export function findCanaries(output: string, canaries: Canary[]): string[] {
  return canaries.flatMap(({ name, spellings }) =>
    spellings.flatMap((spelling) => {
      const at = output.indexOf(spelling);
      return at < 0 ? [] : [`${name}: …${output.slice(Math.max(0, at - 120), at + spelling.length + 20)}…`];
    }),
  );
}
