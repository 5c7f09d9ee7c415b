import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@incidents/testing/wait-until';
import { checkInvariants } from '../check-invariants.ts';
import { closeChat } from '../close-chat.ts';
import { readHandWritten, writeByHand } from '../hand-written.ts';
import { startReporting } from '../reporting.ts';
import type { Scenario } from '../scenario.ts';
import { type Stack, startStack } from '../stack.ts';

const MAX_ATTEMPTS = 2;
/** A task that no worker knows waits a minute for one that does. */
const UNKNOWN_TASK = 'no_such_task';

const JOBS: { task: string; payload: unknown }[] = [
  { task: 'deliver', payload: {} },
  { task: 'deliver', payload: null },
  { task: 'deliver', payload: [1, 2, 3] },
  { task: 'deliver', payload: { delivery_id: '1; drop table incidents', incident_id: -1, request_id: 7 } },
  { task: 'deliver', payload: { deliveryId: 1, incidentId: 1 } },
  { task: 'send_email_notification', payload: { incident_id: 1 } },
  { task: 'send_telegram_notification', payload: { incident_id: 1e300, event_id: 0.5, request_id: 'x' } },
  { task: 'update_incident_statistics', payload: 'x'.repeat(1_000_000) },
  { task: 'send_digest', payload: { channel: 'pigeon', recipient: '', request_id: 'x' } },
  { task: UNKNOWN_TASK, payload: {} },
];

/** Replies that cannot be stored as they are: a NUL, half an emoji where a text is cut, a megabyte. */
const TEXTS = [
  'a\u0000b',
  'half an emoji: \ud83d',
  '😀'.repeat(250_000),
  ` ${'😀'.repeat(250_000)}`,
  'x'.repeat(1_000_000),
];

export const poison: Scenario = {
  name: 'poison',
  fault:
    'poison list: malformed jobs, unknown tasks, rows changed by hand, hostile and missing answers of servers',
  target: 'the worker stays, one failed job each; a chat that is closed for years opens within the hour',
  inShortForm: true,
  async run({ long, cleanup, say }) {
    const stack = await startStack(cleanup);
    const { postgres, mail, bot, workers } = stack;
    const pid = workers[0]?.child.pid;
    const reporting = startReporting(stack);
    await sleep(1_000);
    const ids = await queueJobs(stack);
    await bot.hang();
    for (const text of TEXTS) {
      await bot.refuse({ text, times: 1 });
      await mail.refuse({ text, times: 1 });
    }
    const poisonedAt = Date.now();
    const written = await writeByHand(stack);
    reporting.attempts.push(...written);
    say(
      `${JOBS.length} jobs, ${written.length} rows, ${TEXTS.length} answers of each server and one that never comes`,
    );
    await sleep(8_000);
    await reporting.stop();
    const chatFailures = long ? await closeChat(stack, reporting.attempts) : [];

    const expected = JOBS.length - (long ? 0 : 1);
    const allFailed = async () =>
      (await readPoisonedJobs(stack, ids)).filter(({ failed }) => failed).length >= expected;
    await waitUntil(allFailed, long ? 120_000 : 20_000, 500);
    const rows = await readPoisonedJobs(stack, ids);
    const result = await checkInvariants(stack, reporting, {
      failedJobs: ids,
      drainSeconds: 60,
      recoverFrom: [poisonedAt],
    });
    const failed = rows.filter((row) => row.failed).length;
    const refused = await postgres.query<{ deliveries: number }>(
      'select count(*)::int as deliveries from deliveries where attempts > 1',
    );
    result.figures.unshift(
      `${failed} of ${rows.length} poisoned jobs are marked as failed${long ? '' : `, ${UNKNOWN_TASK} not waited for`}; ${refused[0]?.deliveries} deliveries were tried again`,
    );
    result.failures.push(...chatFailures, ...(await readHandWritten(stack, written)));
    if (rows.length !== JOBS.length)
      result.failures.push(`${JOBS.length - rows.length} poisoned jobs are gone`);
    for (const row of rows) {
      const waits = !long && row.task === UNKNOWN_TASK;
      if (!row.failed && !waits) result.failures.push(`not failed: ${JSON.stringify(row)}`);
    }
    if (workers[0]?.child.pid !== pid) result.failures.push('the worker is another process');
    return result;
  },
};

async function queueJobs({ postgres }: Stack): Promise<number[]> {
  const rows = await postgres.query<{ id: number }>(
    `select (graphile_worker.add_job(task, payload => payload, max_attempts => $2)).id::int
     from json_to_recordset($1) as job (task text, payload json)`,
    [JSON.stringify(JOBS), MAX_ATTEMPTS],
  );
  return rows.map(({ id }) => id);
}

const readPoisonedJobs = ({ postgres }: Stack, ids: number[]) =>
  postgres.query<{ id: number; task: string; failed: boolean; attempts: number; last_error: string | null }>(
    `select id::int, task_identifier as task, attempts, left(last_error, 100) as last_error,
       attempts = max_attempts and attempts >= 1 and locked_by is null and last_error is not null as failed
     from graphile_worker.jobs where id = any($1::bigint[]) order by id`,
    [ids],
  );
