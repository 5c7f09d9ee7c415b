import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_SECONDS } from '@incidents/db/lease';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import type { OwnPostgres } from '../../postgres/own-postgres.ts';
import { checkInvariants, formatSeconds } from '../check-invariants.ts';
import { createFakeTimeEnv, findFakeTimeLibrary } from '../fake-time.ts';
import { countSendsInFlight } from '../records.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { startStack } from '../stack.ts';
import { ESCALATION_ENV, watchEscalations } from '../watch-escalations.ts';

const STEP_SECONDS = 7_200;
const MAX_DELAY_MS = 3 * LEASE_SECONDS * 1_000;

/** PostgreSQL's clock is set back right before a worker dies: its lease was renewed by the old clock. */
export const databaseClockBack: Scenario = {
  name: 'database-clock-back',
  fault: "the database's clock set back by 2 h, a worker killed right after",
  target: `0 lost; worst delay ≤ ${formatSeconds(MAX_DELAY_MS)}; duplicates ≤ sends in flight; logged once`,
  inShortForm: false,
  findObstacle: () => (findFakeTimeLibrary() === undefined ? 'libfaketime is not installed' : undefined),
  async run({ cleanup, say }) {
    const clock = createClock(cleanup);
    const stack = await startStack(cleanup, {
      workers: 2,
      postgresEnv: clock.env,
      shared: ESCALATION_ENV,
    });
    const { postgres, workers } = stack;
    const [killed, survivor] = workers;
    if (!killed || !survivor) throw new Error('a worker is missing');
    const reporting = startReporting(stack);
    const watch = watchEscalations(stack, reporting);
    await sleep(3_000);

    clock.setBack(STEP_SECONDS);
    const setBackAt = Date.now();
    await killed.kill();
    const inFlight = await countSendsInFlight(postgres, killed.child.pid);
    const moved = await measureClockLead(postgres);
    if (Math.abs(moved + STEP_SECONDS) > 60) throw new Error(`the clock was not moved: ${moved} s`);
    say(`set back, ${killed.name} killed, ${inFlight} sends in flight`);
    await sleep(5_000);

    const result = await checkInvariants(stack, reporting, {
      // A signal handler inside libfaketime sees the true time, so time limits of PostgreSQL end early.
      unavailable: true,
      duplicates: inFlight,
      worstDelay: MAX_DELAY_MS,
      recoverFrom: [setBackAt],
      findFailures: watch.findFailures,
    });
    await watch.finish(result);
    const logged = survivor.log.filter(({ msg }) => msg === "the database's clock was set back");
    result.figures.unshift(
      `${inFlight} sends in flight; ${survivor.name} logged ${logged.map((line) => `${line.seconds} s, ${line.jobs} jobs`).join('; ')}`,
    );
    if (logged.length !== 1) result.failures.push(`it was logged ${logged.length} times`);
    return result;
  },
};

function createClock(cleanup: Cleanup) {
  // In memory, because each request for the time reads it.
  const folder = mkdtempSync('/dev/shm/incidents-clock-');
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'offset');
  const set = (offset: string) => {
    // A rename, because a reader may open the file at any moment.
    writeFileSync(`${file}.new`, offset);
    renameSync(`${file}.new`, file);
  };
  set('+0');
  chmodSync(folder, 0o755);
  return {
    env: { ...createFakeTimeEnv(), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', NO_FAKE_STAT: '1' },
    setBack: (by: number) => set(`-${by}`),
  };
}

/** Seconds by which PostgreSQL's clock is ahead of this machine's. */
async function measureClockLead({ query }: OwnPostgres): Promise<number> {
  const [row] = await query<{ now: number }>('select extract(epoch from now())::float8 as now');
  return (row?.now ?? 0) - Date.now() / 1_000;
}
