import { readdir, readFile } from 'node:fs/promises';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { describe, expect, test } from 'vitest';

const database = useTestDatabase();

interface Column {
  type: string;
  nullable: boolean;
}
type Tables = Record<string, Record<string, Column>>;

const TYPES: Record<string, string> = {
  bigint: 'number',
  integer: 'number',
  'double precision': 'number',
  text: 'string',
  'character varying': 'string',
  boolean: 'boolean',
  xid8: 'string',
  bytea: 'Buffer',
  date: 'Date',
  'timestamp with time zone': 'Date',
  ARRAY: 'string[]',
  jsonb: 'object',
  json: 'object',
};

async function migratedTables(): Promise<Tables> {
  const { rows } = await database.db.pool.query<{
    table: string;
    column: string;
    type: string;
    null: string;
  }>(
    `select table_name as table, column_name as column, data_type as type, is_nullable as null
     from information_schema.columns where table_schema = 'public' and table_name not like 'kysely%'`,
  );
  const tables: Tables = {};
  for (const { table, column, type, null: nullable } of rows) {
    tables[table] ??= {};
    tables[table][column] = { type: TYPES[type] ?? type, nullable: nullable === 'YES' };
  }
  return tables;
}

/** The tables of the interfaces in this folder; a field is a line with two spaces of indentation. */
async function declaredTables(): Promise<Tables> {
  const folder = new URL('./', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const source = (await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n');
  const fieldsOf = (name: string) => {
    const [, body] = new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, 'ms').exec(source) ?? [];
    if (body === undefined) throw new Error(`no interface ${name}`);
    return [...body.matchAll(/^ {2}(\w+): (.*?);?$/gm)].map(([, field, type]) => [field, type] as const);
  };
  return Object.fromEntries(
    fieldsOf('Database').map(([table, name]) => [
      table,
      Object.fromEntries(fieldsOf(String(name)).map(([column, type]) => [column, readType(String(type))])),
    ]),
  );
}

function readType(text: string): Column {
  const selected = /^(?:Generated|ColumnType)<([^,>]*)/.exec(text)?.[1] ?? text;
  const parts = selected.split(' | ').map((part) => part.trim());
  const isUnknown = selected === 'unknown';
  const [type = ''] = parts;
  const isWord =
    type.startsWith("'") || ['ChannelName', 'TransportName', 'DeliveryState', 'EventKind'].includes(type);
  const isObject = isUnknown || type.startsWith('{') || type.startsWith('Record<') || type === 'object';
  return {
    type: isWord ? 'string' : isObject ? 'object' : type,
    nullable: isUnknown || parts.includes('null'),
  };
}

describe('Database', () => {
  test('declares the tables, columns, types and nullability of the migrated schema', async () => {
    expect(await declaredTables()).toEqual(await migratedTables());
  });
});
