import { randomBytes } from 'node:crypto';

/** A secret that is looked for wherever it must not be. */
export interface Canary {
  name: string;
  /** As it is. */
  text: string;
  /** As it stands in a URL. */
  encoded: string;
  /** Every way in which it is looked for. */
  spellings: string[];
}

/**
 * Makes a secret that nobody else has.
 * @param text what it looks like, with `*` where it is to be unmistakable
 * @param users those whose password it is: together they are looked for as HTTP and SMTP write them
 */
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
        // What of it is unmistakable, whatever becomes of the rest.
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

/** Where in `output` a secret stands, each with what is around it. */
export function findCanaries(output: string, canaries: Canary[]): string[] {
  return canaries.flatMap(({ name, spellings }) =>
    spellings.flatMap((spelling) => {
      const at = output.indexOf(spelling);
      return at < 0 ? [] : [`${name}: …${output.slice(Math.max(0, at - 120), at + spelling.length + 20)}…`];
    }),
  );
}
