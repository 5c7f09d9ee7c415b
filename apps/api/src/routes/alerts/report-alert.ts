import { AcceptedAlert, Alert } from '@incidents/contracts';
import { reportAlert } from '@incidents/core/incident/report-alert';
import { defineRoute } from '../../http/define-route.ts';
import {
  idempotencyReplyHeader,
  idempotencyRequestHeader,
  readIdempotencyKey,
} from '../../http/idempotency-key.ts';
import { jsonReply } from '../../http/reply.ts';

export const reportAlertRoute = defineRoute(
  {
    operationId: 'reportAlert',
    method: 'post',
    path: '/alerts',
    tag: 'incidents',
    scope: 'incidents:write',
    summary: 'Report an alert of a monitor',
    description:
      'Names an incident by `source` and `dedup_key`. `trigger` reports it, or adds an occurrence to the open one. `acknowledge` sets the open one to `в работе`, `resolve` to `закрыт`; without an open one they change nothing. `Idempotency-Key` applies to `trigger`.',
    input: { body: Alert },
    requestHeaders: idempotencyRequestHeader,
    example: {
      action: 'trigger',
      dedup_key: 'shop_bot:getUpdates',
      source: 'monitoring',
      text: 'Бот не отвечает на команды',
      description: 'getUpdates не отвечает 30 секунд',
      severity: 'critical',
    },
    replies: {
      202: {
        description: 'The incident of the alert.',
        schema: AcceptedAlert,
        headers: idempotencyReplyHeader,
      },
    },
    problems: ['idempotency_key_reused', 'request_in_progress', 'unavailable'],
  },
  async ({ input, context, dependencies, c }) => {
    const { incidentId, isReplayed } = await reportAlert(
      context,
      input.body,
      readIdempotencyKey(c, dependencies),
    );
    return jsonReply(
      { incident_id: incidentId } satisfies AcceptedAlert,
      isReplayed ? { 'Idempotency-Replayed': 'true' } : {},
      202,
    );
  },
);
