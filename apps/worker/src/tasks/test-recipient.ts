import { runRecipientTest } from '@incidents/core/recipient/run-recipient-test';
import { testRecipient as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const testRecipient = defineTask(
  job,
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
