import { Incident, IncidentPath, UpdateIncident } from '@incidents/contracts';
import { updateIncident } from '@incidents/core/incident/update-incident';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const updateIncidentRoute = defineRoute(
  {
    operationId: 'updateIncident',
    method: 'patch',
    path: '/incidents/{id}',
    tag: 'incidents',
    scope: 'incidents:write',
    summary: 'Change an incident',
    description: 'Changes the given fields. An empty object changes nothing.',
    input: { path: IncidentPath, body: UpdateIncident },
    example: { status: 'в работе' },
    replies: {
      200: {
        description: 'The updated incident.',
        schema: Incident,
        example: {
          id: 1,
          text: 'Бот не отвечает на команды',
          description: 'После обновления бот перестал реагировать на /start',
          status: 'в работе',
          source: 'operator',
          created_at: '2025-11-08T12:00:00.000Z',
        },
      },
    },
    problems: ['incident_not_found', 'unavailable'],
  },
  async ({ input: { path, body }, context }) => jsonReply(await updateIncident(context, path.id, body)),
);
