import { setTimeout as wait } from 'node:timers/promises';
import type { RecipientTest, TestRecipientsQuery } from '@incidents/contracts';
import { insertRecipientTests } from '@incidents/db/queries/recipient-test/insert-recipient-tests';
import type { RecipientTestRow } from '@incidents/db/queries/recipient-test/recipient-test-row';
import { selectRecipientTests } from '@incidents/db/queries/recipient-test/select-recipient-tests';
import { testRecipientJob } from '@incidents/jobs/catalog';
import type { Context } from '../context.ts';
import { toJobSpec } from '../job/to-job-spec.ts';

const TIMEOUT_MS = 20_000;

/** Delay of the first poll for results; each further delay doubles. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 250;

/** Waits for the results, 20 s unless `timeoutMs` is given. Recipients without a living worker have no entry. */
export async function testRecipients(
  { db, requestId }: Pick<Context, 'db' | 'requestId'>,
  filter: TestRecipientsQuery,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<RecipientTest[]> {
  const deadline = performance.now() + timeoutMs;
  let tests = await insertRecipientTests(db, filter, toJobSpec(testRecipientJob, { request_id: requestId }));
  const ids = tests.map(({ id }) => id);
  for (
    let delay = FIRST_POLL_MS;
    tests.some(({ ok }) => ok === null);
    delay = Math.min(2 * delay, MAX_POLL_MS)
  ) {
    const left = deadline - performance.now();
    if (left <= 0) break;
    await wait(Math.min(delay, left));
    tests = await selectRecipientTests(db, ids);
  }
  return tests.map((test) => toRecipientTest(test, timeoutMs));
}

const toRecipientTest = (
  { channel, recipient, ok, detail, duration_ms }: RecipientTestRow,
  timeoutMs: number,
): RecipientTest => ({
  channel,
  recipient,
  ok: ok ?? false,
  detail: ok === null ? `no worker answered within ${timeoutMs / 1_000} s` : (detail ?? ''),
  duration_ms,
});
