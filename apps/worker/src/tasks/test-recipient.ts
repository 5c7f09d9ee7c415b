import type { Context } from '@incidents/core/context';
import { storableMessage } from '@incidents/core/storable-message';
import { finishRecipientTest } from '@incidents/db/queries/recipient-test/finish-recipient-test';
import { isRecipientTestOpen } from '@incidents/db/queries/recipient-test/is-recipient-test-open';
import { testRecipientJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

/** A test that did not begin within this time is not sent: its caller no longer waits. */
const MAX_AGE_SECONDS = 60;

/** @returns the result; undefined when the test has one already or is too old */
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

export const testRecipientTask = defineTask(
  testRecipientJob,
  async ({ test_id, channel, recipient }, { context, channels, logger, signal }) => {
    const result = await runRecipientTest(context, test_id, () =>
      channels[channel].channel.sendTest(recipient, signal),
    );
    if (result === undefined) return;
    logger[result.ok ? 'info' : 'warn'](
      { request_id: context.requestId, channel, recipient, ...result },
      'recipient tested',
    );
  },
);
