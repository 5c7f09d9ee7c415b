import { parseArgs } from 'node:util';
import { grantAccess } from './grant-access.ts';
import { migrate } from './migrate.ts';

const EXIT_BAD_CONFIG = 78;

/** Roles other than the one that migrates, as which API and worker run. */
function readRoles(): string[] {
  try {
    const { values } = parseArgs({ options: { grant: { type: 'string', multiple: true } } });
    return values.grant ?? [];
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(EXIT_BAD_CONFIG);
  }
}

const roles = readRoles();
const url = process.env.DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set: which database is to be migrated?');
  process.exit(EXIT_BAD_CONFIG);
}
try {
  await migrate(url, console.log);
  console.log('the schema is current');
  for (const role of roles) {
    await grantAccess(url, role);
    console.log(`the role ${role} may run the service`);
  }
} catch (error) {
  console.error(`migration failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
