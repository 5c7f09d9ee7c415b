import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnPostgres } from '../../postgres/own-postgres.ts';
import { checkInvariants } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { prepareStack } from '../stack.ts';

/** Settings that an administrator may give each session of a database. */
const ODD_SETTINGS = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kathmandu',
  search_path: 'elsewhere',
  standard_conforming_strings: 'off',
  client_encoding: 'WIN1251',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  default_transaction_isolation: 'serializable',
  lock_timeout: '1ms',
  statement_timeout: '50ms',
  idle_in_transaction_session_timeout: '1ms',
  idle_session_timeout: '200ms',
};

const PATCHES = 20;

export const oddSettings: Scenario = {
  name: 'odd-settings',
  fault:
    'sessions begin with another date format, time zone, search path, isolation, encoding and time limits',
  target: 'no effect: no 5xx, 0 lost',
  inShortForm: true,
  async run({ long, cleanup }) {
    const stack = await prepareStack(cleanup);
    await setOddly(stack.postgres);
    await Promise.all([...stack.apis, ...stack.workers].map((service) => service.start()));
    const api = stack.apis[0]?.url ?? '';
    const reporting = startReporting(stack);
    await sleep(1_000);
    const statuses: number[] = [];
    for (let round = 0; round < (long ? 50 : 3); round++)
      statuses.push(...(await patchAtOnce(`${api}/incidents/1`)));
    await sleep(500);
    const result = await checkInvariants(stack, reporting, {});
    const failed = statuses.filter((status) => status !== 200);
    result.figures.unshift(
      `${statuses.length} PATCHes of one incident, ${PATCHES} at once: ${failed.length} failed`,
    );
    if (failed.length > 0)
      result.failures.push(`${failed.length} PATCHes of one incident failed: ${failed[0]}`);
    return result;
  },
};

async function setOddly({ query }: OwnPostgres): Promise<void> {
  await query('create schema elsewhere');
  for (const [name, value] of Object.entries(ODD_SETTINGS)) {
    await query(
      `do $$ begin execute format('alter database %I set ${name} = ''${value}''', current_database()); end $$`,
    );
  }
}

const patchAtOnce = (url: string): Promise<number[]> =>
  Promise.all(
    Array.from({ length: PATCHES }, async (_, index) => {
      const reply = await fetch(url, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        // A change of status would send messages.
        body: JSON.stringify({ description: `уточнение ${index}` }),
      });
      await reply.arrayBuffer();
      return reply.status;
    }),
  );
