import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@incidents/testing/wait-until';
import pg from 'pg';
import type { OwnPostgres } from '../../postgres/own-postgres.ts';
import { checkInvariants, formatSeconds } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { prepareStack, type Stack } from '../stack.ts';

export const startAtOnce: Scenario = {
  name: 'start-at-once',
  fault: 'six APIs and workers started at once on an empty database; again after kill -9 in mid-migration',
  target: 'one migrates, all come up',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const each = long ? 6 : 3;
    const stack = await prepareStack(cleanup, {
      apis: each,
      workers: each,
      // The default of 20 connections for each process is more than the server allows.
      shared: { LOG_LEVEL: 'info', DATABASE_POOL_SIZE: '5' },
    });
    const { postgres, apis, workers } = stack;
    const services = [...apis, ...workers];
    const figures: string[] = [];
    const failures: string[] = [];

    const startAll = async (what: string) => {
      for (const { log } of services) log.length = 0;
      const began = performance.now();
      await Promise.all(services.map((service) => service.start()));
      const took = formatSeconds(performance.now() - began);
      // Services write their logs with a delay of 50 ms.
      await sleep(500);
      const migrated = countMigrators(stack);
      figures.push(`${what}: all ${services.length} at work after ${took}, ${migrated} migrated`);
      say(figures.at(-1) ?? '');
      if (migrated !== 1) failures.push(`${what}: ${migrated} processes migrated`);
    };

    await startAll('empty database');
    await Promise.all(services.map((service) => service.kill()));
    await postgres.empty();

    const release = await holdMigration(postgres);
    for (const service of services) service.start().catch(() => {});
    await waitForMigration(postgres);
    await Promise.all(services.map((service) => service.kill()));
    await release();
    await startAll('after kill -9 in mid-migration');

    const reporting = startReporting(stack);
    await sleep(2_000);
    const result = await checkInvariants(stack, reporting, {});
    return {
      ...result,
      figures: [...figures, ...result.figures],
      failures: [...failures, ...result.failures],
    };
  },
};

const countMigrators = ({ apis, workers }: Stack) =>
  [...apis, ...workers].filter(({ log }) => log.some(({ msg }) => msg.startsWith('applied migration')))
    .length;

/** Blocks a migration in its middle: an open transaction creates one of its tables. */
async function holdMigration({ url }: OwnPostgres): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('begin');
  await client.query('create table incident_statistics (id int)');
  return () => client.end();
}

async function waitForMigration({ query }: OwnPostgres): Promise<void> {
  const isWaiting = async () =>
    (
      await query(
        `select from pg_stat_activity
         where application_name = 'incidents-migrate' and wait_event_type = 'Lock' and wait_event <> 'advisory'`,
      )
    ).length > 0;
  if (!(await waitUntil(isWaiting, 60_000, 25)))
    throw new Error('no process came to the middle of the migrations');
}
