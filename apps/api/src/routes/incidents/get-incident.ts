import { Incident, IncidentPath } from '@incidents/contracts';
import { getIncident as getIncidentVerb } from '@incidents/core/incident/get-incident';
import { defineRoute } from '../../http/define-route.ts';
import { jsonTextReply } from '../../http/reply.ts';

export const getIncident = defineRoute(
  {
    operationId: 'getIncident',
    method: 'get',
    path: '/incidents/{id}',
    tag: 'incidents',
    scope: 'incidents:read',
    summary: 'Read an incident',
    input: { path: IncidentPath },
    replies: { 200: { description: 'The incident.', schema: Incident } },
    problems: ['incident_not_found', 'unavailable'],
  },
  async ({ input: { path }, context, dependencies }) => {
    const { body } = await dependencies.cache.incident(path.id, async () => ({
      body: JSON.stringify(await getIncidentVerb(context, path.id)),
      headers: {},
    }));
    return jsonTextReply(body);
  },
);
