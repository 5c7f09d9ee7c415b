import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { compileOnce } from './compile-once.ts';
import { withConnection } from './connection.ts';

const database = useTestDatabase();

const divideStatement = compileOnce(
  (divisor: number) => sql<{ pid: number; quotient: number }>`
    select pg_backend_pid() as pid, 6 / ${divisor}::int as quotient`,
);

async function divideBy(divisor: number) {
  const { rows } = await divideStatement(database.db.kysely, divisor);
  return rows[0];
}

test('a refused statement leaves its connection open', async () => {
  const before = await divideBy(2);
  expect(before).toMatchObject({ quotient: 3 });
  await expect(divideBy(0)).rejects.toMatchObject({ code: '22012' });
  expect(await divideBy(3)).toEqual({ pid: before?.pid, quotient: 2 });
});

test('the stack of an error leads to the caller', async () => {
  await expect(divideBy(0)).rejects.toMatchObject({
    stack: expect.stringMatching(/division by zero[\s\S]*divideBy/),
  });
});

test('a lent connection returns after an error', async () => {
  const lend = withConnection(database.db.kysely, (connection) => divideStatement(connection, 0));
  await expect(lend).rejects.toThrow('division by zero');
  const { idleCount, totalCount } = database.db.pool;
  expect(idleCount).toBe(totalCount);
});
