import { createTemplate } from '@incidents/db/testing/template';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './start-postgres.ts';

/** Finds or starts a PostgreSQL, and migrates one database in it that every test file gets a copy of. */
export default async function setup(project: TestProject) {
  const server = await startPostgres();
  const template = await createTemplate(server.url);
  project.provide('testDatabase', { serverUrl: server.url, template: template.name });
  return async () => {
    await template.drop();
    await server.stop();
  };
}
