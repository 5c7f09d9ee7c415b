import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { Database } from '../tables/database.ts';

export interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  /** Average of one loop; PostgreSQL 15 rounds it to whole rows. */
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Heap Fetches'?: number;
  Plans?: PlanNode[];
}

/** Runs `ask` and returns the nodes of the plans of its statements. `analyze` runs them again. */
export async function explainStatements(
  url: string,
  ask: (kysely: Kysely<Database>) => Promise<unknown>,
  { planCacheMode, analyze }: { planCacheMode: string; analyze: boolean },
): Promise<PlanNode[]> {
  const statements: { sql: string; parameters: readonly unknown[] }[] = [];
  const pool = new pg.Pool({ connectionString: url });
  const kysely = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push(query),
  });
  onTestFinished(() => kysely.destroy());
  await ask(kysely);
  const client = await pool.connect();
  const nodes: PlanNode[] = [];
  const collect = (node: PlanNode) => {
    nodes.push(node);
    node.Plans?.forEach(collect);
  };
  try {
    await client.query(`set plan_cache_mode = ${planCacheMode}`);
    for (const [index, { sql, parameters }] of statements.entries()) {
      const values = parameters.map((value) => `'${toLiteral(value)}'`);
      await client.query(`prepare statement${index} as ${sql}`);
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze ${analyze}, format json)
         execute statement${index} ${values.length > 0 ? `(${values.join()})` : ''}`,
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      if (plan) collect(plan);
    }
    return nodes;
  } finally {
    client.release();
  }
}

const toLiteral = (value: unknown): string =>
  Array.isArray(value) ? `{${value.map(toLiteral).join()}}` : String(value);
