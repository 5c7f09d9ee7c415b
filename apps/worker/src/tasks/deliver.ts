import { deliver as deliverVerb } from '@incidents/core/delivery/deliver';
import { deliver as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const deliver = defineTask(job, async ({ delivery_id }, run) => {
  const recorded = await deliverVerb(run.context, delivery_id, run);
  if (recorded === undefined) return;
  const { state, error } = recorded;
  const line = {
    delivery_id,
    state,
    ...(error !== undefined && { error }),
    ...(state === 'pending' && { retry_in_ms: recorded.retryIn }),
  };
  if (state === 'failed') run.logger.error(line, 'delivery failed for good');
  else if (error !== undefined) run.logger.warn(line, 'delivery did not succeed');
  else run.logger.info(line, 'delivery');
});
