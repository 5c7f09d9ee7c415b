import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CreateApiKey, TestRecipientsQuery } from '@incidents/contracts';
import { createApiKey } from '@incidents/core/api-key/create-api-key';
import { listApiKeys } from '@incidents/core/api-key/list-api-keys';
import { revokeApiKey } from '@incidents/core/api-key/revoke-api-key';
import { testRecipients } from '@incidents/core/recipient/test-recipients';
import { createDb, type DbOptions } from '@incidents/db/client';
import { isSchemaCurrent } from '@incidents/db/is-schema-current';
import { verifyConnection } from '@incidents/db/verify-connection';
import { escapeControls } from '@incidents/runtime/escape-controls';
import { loadEnvFile } from '@incidents/runtime/load-env-file';
import { databaseEnv, readEnv, readOrExit } from '@incidents/runtime/read-env';
import * as z from 'zod';

const USAGE = `In the database of DATABASE_URL, from the environment or a file .env. Keys to the API:

  keys create --name NAME --scope SCOPE [--scope SCOPE …] [--expires-at TIME]
  keys list
  keys revoke ID

Recipients of notifications; the workers of that database send, each recipient is one line of the result:

  notify-test [--channel email|telegram] [--recipient RECIPIENT]

Scopes: incidents:read, incidents:write, jobs:read, jobs:write, admin (all of them, and the keys).
TIME: ISO 8601 with an offset, 2099-01-01T00:00:00Z.
A new key is shown once: it is all that is written to standard output.
notify-test ends with 1 unless every recipient took its test message.`;

/** Its message is shown without a stack. */
class CliError extends Error {
  override name = 'CliError';
}

/** @throws CliError */
const commands: Record<string, (db: Database, args: string[]) => Promise<void>> = {
  'keys create': async (db, args) => {
    const { values } = parseArgs({
      args,
      options: {
        name: { type: 'string' },
        scope: { type: 'string', multiple: true },
        'expires-at': { type: 'string' },
      },
    });
    const { name, scope: scopes, 'expires-at': expires_at } = values;
    const input = CreateApiKey.safeParse({ name, scopes, expires_at });
    if (!input.success) throw new CliError(z.prettifyError(input.error));
    const { key, id, prefix } = await createApiKey({ db }, input.data);
    console.log(key);
    console.error(`Key ${id} (${prefix}…) of ${input.data.name}. It is not shown again.`);
  },

  'keys list': async (db, args) => {
    parseArgs({ args, options: {} });
    for (let skip = 0, more = true; more; skip += PAGE_SIZE) {
      const { keys, hasMore } = await listApiKeys({ db }, { skip, limit: PAGE_SIZE });
      for (const { id, prefix, name, scopes, revoked_at, expires_at, last_used_at } of keys) {
        const state = revoked_at ? `revoked ${revoked_at}` : expires_at ? `expires ${expires_at}` : 'live';
        console.log(
          [
            id,
            `${prefix}…`,
            escapeControls(name),
            scopes.join(','),
            state,
            `used ${last_used_at ?? 'never'}`,
          ].join('\t'),
        );
      }
      more = hasMore;
    }
  },

  'keys revoke': async (db, args) => {
    const { positionals } = parseArgs({ args, options: {}, allowPositionals: true });
    const [id] = positionals;
    if (positionals.length !== 1 || !/^[1-9]\d{0,14}$/.test(id ?? '')) throw new CliError(USAGE);
    const { name, prefix, revoked_at } = await revokeApiKey({ db }, Number(id));
    console.error(`Key ${id} (${prefix}…) of ${escapeControls(name)} is revoked since ${revoked_at}.`);
  },

  'notify-test': async (db, args) => {
    const { values } = parseArgs({
      args,
      options: { channel: { type: 'string' }, recipient: { type: 'string' } },
    });
    const filter = TestRecipientsQuery.safeParse(values);
    if (!filter.success) throw new CliError(z.prettifyError(filter.error));
    const results = await testRecipients({ db, requestId: randomUUID() }, filter.data);
    for (const { channel, recipient, ok, detail, duration_ms } of results) {
      console.log(
        [
          channel,
          escapeControls(recipient),
          ok ? 'ok' : 'failed',
          `${duration_ms} ms`,
          escapeControls(detail),
        ].join('\t'),
      );
    }
    if (results.length === 0) throw new CliError('No living worker is configured with such a recipient.');
    if (results.some(({ ok }) => !ok)) process.exitCode = 1;
  },
};

const PAGE_SIZE = 1_000;

type Database = ReturnType<typeof createDb>['kysely'];

async function run(words: string[]): Promise<void> {
  const name = [1, 2]
    .map((length) => words.slice(0, length).join(' '))
    .find((candidate) => Object.hasOwn(commands, candidate));
  const command = name === undefined ? undefined : commands[name];
  if (name === undefined || command === undefined) throw new CliError(USAGE);
  const args = words.slice(name.split(' ').length);
  // pnpm runs scripts in the root of the repository.
  loadEnvFile('.env');
  const { DATABASE_URL, DATABASE_DIRECT_URL: url = DATABASE_URL } = readOrExit((env) =>
    readEnv(z.object(databaseEnv), env),
  );
  const connection: DbOptions = {
    url,
    poolSize: 1,
    applicationName: 'incidents-cli',
    onConnectionError: () => {},
  };
  await verifyConnection(connection, 'session');
  const db = createDb(connection);
  try {
    if (!(await isSchemaCurrent(db.kysely)))
      throw new CliError('The database has not been migrated: npx pnpm@12 migrate');
    await command(db.kysely, args);
  } finally {
    await db.close();
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
