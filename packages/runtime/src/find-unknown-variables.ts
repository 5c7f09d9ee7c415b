/** A variable that begins so is meant for this service. Shorter beginnings belong to other programs too. */
const OWN_PREFIXES = ['DATABASE_', 'MAIL_', 'RATE_LIMIT_', 'SMTP_', 'STORM_', 'TELEGRAM_', 'WORKER_'];

/** Variables that Kubernetes and Docker derive from the name of a service. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)/;

export interface UnknownVariable {
  name: string;
  /** The variable that was probably meant. */
  nearest: string;
}

/** Variables of `env` that look like misspelled names of `known`: they share a prefix or differ in a letter or two. */
export function findUnknownVariables(env: NodeJS.ProcessEnv, known: string[]): UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => !known.includes(name) && !SERVICE_LINK.test(name))
    .flatMap((name) => {
      const nearest = findNearest(name.toUpperCase(), known);
      return nearest === undefined ? [] : { name, nearest };
    });
}

function findNearest(name: string, known: string[]): string | undefined {
  const prefix = OWN_PREFIXES.find((candidate) => name.startsWith(candidate));
  const related = prefix === undefined ? [] : known.filter((candidate) => candidate.startsWith(prefix));
  const [nearest] = (related.length > 0 ? related : known)
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => related.length > 0 || distance <= maxDistance(name))
    .sort((one, other) => one.distance - other.distance);
  return nearest?.candidate;
}

/** HOME is no HOST, and PATH no PORT: short names are compared exactly. */
function maxDistance({ length }: string): number {
  if (length < 6) return 0;
  return length < 10 ? 1 : 2;
}

/** Insertions, deletions and replacements from one text to the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, counterpart] of [...other].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === counterpart ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
