import { finishRecipientTest } from '@incidents/db/queries/recipient-test/finish-recipient-test';
import { isRecipientTestOpen } from '@incidents/db/queries/recipient-test/is-recipient-test-open';
import type { Context } from '../context.ts';
import { storableMessage } from '../storable-message.ts';

/** A test that no worker has begun within this time is not sent any more: its caller has long stopped waiting. */
const MAX_AGE_SECONDS = 60;

/**
 * Runs one test of a recipient and writes its result down. Does nothing when the test has a result or is too old.
 * @param send sends the test message; see `Channel.test`
 * @returns the result; undefined when there was nothing to do
 */
export async function runRecipientTest(
  { db }: Pick<Context, 'db'>,
  id: number,
  send: () => Promise<string>,
): Promise<{ ok: boolean; detail: string } | undefined> {
  if (!(await isRecipientTestOpen(db, id, MAX_AGE_SECONDS))) return undefined;
  const result = await send().then(
    (detail) => ({ ok: true, detail: storableMessage(detail) }),
    (error) => ({ ok: false, detail: storableMessage(error) }),
  );
  await finishRecipientTest(db, id, result);
  return result;
}
