import { startPostgres } from '@incidents/testing/postgres/start-postgres';
import { createTemplate, databaseUrl } from '@incidents/testing/postgres/template';
import type { Cleanup } from '@incidents/testing/processes/cleanup';

export async function startDatabase(cleanup: Cleanup): Promise<string> {
  const server = await startPostgres();
  cleanup.add(() => server.stop());
  const database = await createTemplate(server.url);
  cleanup.add(() => database.drop());
  return databaseUrl(server.url, database.name);
}
