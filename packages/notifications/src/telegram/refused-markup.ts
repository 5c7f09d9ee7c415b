/** Messages whose markup the server did not understand; they are sent as plain text from then on. */
export interface RefusedMarkup {
  has(hash: string): boolean;
  add(hash: string): void;
}

const MOST = 1_000;

/**
 * Kept in memory, the latest thousand: between the refusal and the plain text a job may end and wait for its
 * chat's turn, and would else try the markup again for ever.
 */
export function createRefusedMarkup(): RefusedMarkup {
  const hashes = new Set<string>();
  return {
    has: (hash) => hashes.has(hash),
    add(hash) {
      hashes.add(hash);
      const [oldest] = hashes;
      if (hashes.size > MOST && oldest !== undefined) hashes.delete(oldest);
    },
  };
}
