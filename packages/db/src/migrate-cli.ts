import { migrate } from './migrate.ts';

const url = process.env.DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set: which database is to be migrated?');
  process.exit(78);
}
try {
  await migrate(url, console.log);
  console.log('the schema is current');
} catch (error) {
  console.error(`migration failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
