import { CreateIncident, Incident } from '@incidents/contracts';
import { createIncident } from '@incidents/core/incident/create-incident';
import { defineRoute } from '../../http/define-route.ts';
import {
  idempotencyReplyHeader,
  idempotencyRequestHeader,
  readIdempotencyKey,
} from '../../http/idempotency-key.ts';
import { etagHeader, incidentReply } from './incident-reply.ts';

export const createIncidentRoute = defineRoute(
  {
    operationId: 'createIncident',
    method: 'post',
    path: '/incidents/',
    tag: 'incidents',
    scope: 'incidents:write',
    summary: 'Report an incident',
    description:
      'Stores the incident and, in the same commit, queues its e-mail, Telegram and statistics jobs. The reply does not wait for them. A report with the `source` and `dedup_key` of an open incident adds an occurrence to it and answers 200.',
    input: { body: CreateIncident },
    requestHeaders: idempotencyRequestHeader,
    example: {
      text: 'Бот не отвечает на команды',
      description: 'После обновления бот перестал реагировать на /start',
      status: 'новый',
      source: 'operator',
    },
    replies: {
      200: {
        description:
          'The incident that is open with this `source` and `dedup_key`, with one more occurrence.',
        schema: Incident,
        headers: { ...etagHeader, ...idempotencyReplyHeader },
      },
      201: {
        description: 'The stored incident.',
        schema: Incident,
        headers: { ...etagHeader, ...idempotencyReplyHeader },
      },
    },
    problems: ['idempotency_key_reused', 'request_in_progress', 'unavailable'],
  },
  async ({ input, context, dependencies, c }) => {
    const { incident, status, isReplayed } = await createIncident(
      context,
      input.body,
      readIdempotencyKey(c, dependencies),
    );
    return incidentReply(incident, {
      status,
      headers: isReplayed ? { 'Idempotency-Replayed': 'true' } : {},
    });
  },
);
