import { someIncident, unreportedFields } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { incidentJson, incidentJsonText, incidentSummaryJson } from './incident-row.ts';

const database = useTestDatabase();

const CREATED = '2025-11-08T12:00:00.120Z';
const STRING = String.fromCodePoint(
  ...Array.from({ length: 0x2ff }, (_, code) => code + 1),
  ...[0x2028, 0xfeff, 0xffff, 0x1f600],
);

const required = { ...someIncident(), created_at: CREATED };

beforeEach(() => database.db.pool.query('truncate incidents restart identity'));

const insert = (row: object) =>
  database.db.pool.query(
    `insert into incidents (${Object.keys(row)}) values (${Object.keys(row).map((_, index) => `$${index + 1}`)})`,
    Object.values(row).map((value) => (typeof value === 'object' ? JSON.stringify(value) : value)),
  );

test.each([
  { name: 'nulls and defaults', row: {} },
  {
    name: 'every character in every string',
    row: {
      ...{ text: STRING, description: STRING, status: '%s %1$s %%', source: '"\\' },
      ...{ bot: STRING, assignee: '', dedup_key: 'null' },
      ...{ labels: { [STRING]: STRING, '%s': '' }, links: [STRING, '%s'] },
    },
  },
  {
    name: 'every time and large numbers',
    row: {
      last_seen_at: '2025-11-08T12:00:01.000Z',
      updated_at: '2025-11-08T12:00:02.200Z',
      acknowledged_at: '2025-11-08T12:00:03.033Z',
      closed_at: '0001-01-01T00:00:00.000Z',
      escalates_at: '9999-12-31T23:59:59.999Z',
      severity: 'critical',
      occurrences: Number.MAX_SAFE_INTEGER,
      version: 2 ** 40,
    },
  },
])('has all fields: $name', async ({ row }) => {
  await insert({ ...required, ...row });
  const { rows } = await sql<{ text: string; json: object; summary: object }>`
    select ${incidentJsonText('incidents')} as text, ${incidentJson('incidents')} as json,
      ${incidentSummaryJson('incidents')} as summary
    from incidents`.execute(database.db.kysely);
  const expected = { id: 1, ...required, ...unreportedFields(CREATED), ...row };
  expect(JSON.parse(rows[0]?.text ?? '')).toEqual(expected);
  expect(rows[0]?.json).toEqual(expected);
  const { description: _, links: __, ...summary } = expected;
  expect(rows[0]?.summary).toEqual(summary);
});
