import { Incident, IncidentPath, UpdateIncident } from '@incidents/contracts';
import { updateIncident } from '@incidents/core/incident/update-incident';
import { defineRoute } from '../../http/define-route.ts';
import { expectedVersions } from '../../http/etag.ts';
import { incidentExample } from './incident-example.ts';
import { etagHeader, ifMatchHeader, incidentReply } from './incident-reply.ts';

export const updateIncidentRoute = defineRoute(
  {
    operationId: 'updateIncident',
    method: 'patch',
    path: '/incidents/{id}',
    tag: 'incidents',
    scope: 'incidents:write',
    summary: 'Change an incident',
    description:
      'Changes the given fields. An empty object changes nothing. Without `If-Match` the last write wins. A reopened incident escalates anew.',
    input: { path: IncidentPath, body: UpdateIncident },
    requestHeaders: ifMatchHeader,
    example: { status: 'в работе' },
    replies: {
      200: {
        description: 'The updated incident.',
        schema: Incident,
        headers: etagHeader,
        example: incidentExample,
      },
    },
    problems: ['incident_not_found', 'version_mismatch', 'dedup_key_taken', 'unavailable'],
  },
  async ({ input: { path, body }, context, c }) =>
    incidentReply(await updateIncident(context, path.id, body, { expectedVersions: expectedVersions(c) })),
);
