import { parseArgs } from 'node:util';
import { findUrlMistake } from './database-url.ts';
import { grantAccess } from './grant-access.ts';
import { migrate } from './migrate.ts';
import { UnusableDatabaseError } from './verify-connection.ts';

/** `EX_CONFIG` of sysexits.h. */
const EXIT_BAD_CONFIG = 78;

function end(code: number, why: string): never {
  console.error(why);
  process.exit(code);
}

/** Roles other than the one that migrates, as which API and worker run. */
function readRoles(): string[] {
  try {
    const { values } = parseArgs({ options: { grant: { type: 'string', multiple: true } } });
    return values.grant ?? [];
  } catch (error) {
    end(EXIT_BAD_CONFIG, error instanceof Error ? error.message : String(error));
  }
}

const roles = readRoles();
const url = process.env.DATABASE_DIRECT_URL || process.env.DATABASE_URL;
if (!url) end(EXIT_BAD_CONFIG, 'DATABASE_URL is not set: which database is to be migrated?');
const mistake = findUrlMistake(url);
if (mistake !== undefined) end(EXIT_BAD_CONFIG, `the URL of the database is wrong: ${mistake}`);
try {
  await migrate(url, console.log);
  console.log('the schema is current');
  for (const role of roles) {
    await grantAccess(url, role);
    console.log(`the role ${role} may run the service`);
  }
} catch (error) {
  const code = error instanceof UnusableDatabaseError ? EXIT_BAD_CONFIG : 1;
  end(code, `migration failed: ${error instanceof Error ? error.message : error}`);
}
