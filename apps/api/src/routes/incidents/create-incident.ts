import { CreateIncident, Incident } from '@incidents/contracts';
import { createIncident } from '@incidents/core/incident/create-incident';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const createIncidentRoute = defineRoute(
  {
    operationId: 'createIncident',
    method: 'post',
    path: '/incidents/',
    tag: 'incidents',
    scope: 'incidents:write',
    summary: 'Report an incident',
    description:
      'Stores the incident and, in the same commit, queues its e-mail, Telegram and statistics jobs. The reply does not wait for them.',
    input: { body: CreateIncident },
    example: {
      text: 'Бот не отвечает на команды',
      description: 'После обновления бот перестал реагировать на /start',
      status: 'новый',
      source: 'operator',
    },
    replies: { 201: { description: 'The stored incident.', schema: Incident } },
    problems: ['unavailable'],
  },
  async ({ input, context }) => jsonReply(await createIncident(context, input.body), {}, 201),
);
