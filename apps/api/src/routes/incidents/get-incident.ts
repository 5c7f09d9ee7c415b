import { Incident, IncidentPath } from '@incidents/contracts';
import { getIncident } from '@incidents/core/incident/get-incident';
import { defineRoute } from '../../http/define-route.ts';
import { consoleReply } from '../console-reply.ts';
import { etagHeader, ifNoneMatchHeader, incidentReply, notModifiedReply } from './incident-reply.ts';

export const getIncidentRoute = defineRoute(
  {
    operationId: 'getIncident',
    method: 'get',
    path: '/incidents/{id}',
    tag: 'incidents',
    scope: 'incidents:read',
    summary: 'Read an incident',
    description: 'Leads a browser to its page in the console.',
    hasPage: true,
    input: { path: IncidentPath },
    requestHeaders: ifNoneMatchHeader,
    replies: {
      200: { description: 'The incident.', schema: Incident, headers: etagHeader },
      ...notModifiedReply(etagHeader),
      ...consoleReply,
    },
    problems: ['incident_not_found', 'unavailable'],
  },
  ({ input: { path }, context, dependencies }) =>
    dependencies.shareRead(`incident:${path.id}`, async () => ({
      reply: incidentReply(await getIncident(context, path.id)),
      isStream: false,
    })),
);
