import { IncidentPath } from '@incidents/contracts';
import { deleteIncident } from '@incidents/core/incident/delete-incident';
import { defineRoute } from '../../http/define-route.ts';
import { expectedVersions } from '../../http/etag.ts';
import { emptyReply } from '../../http/reply.ts';
import { ifMatchHeader } from './incident-reply.ts';

export const deleteIncidentRoute = defineRoute(
  {
    operationId: 'deleteIncident',
    method: 'delete',
    path: '/incidents/{id}',
    tag: 'incidents',
    scope: 'admin',
    summary: 'Delete an incident',
    description:
      'The incident and its history are 404 from then on, and lists and statistics leave it out. Its waiting messages become `skipped`, and its `dedup_key` is free.',
    input: { path: IncidentPath },
    requestHeaders: ifMatchHeader,
    replies: { 204: { description: 'The incident is deleted.' } },
    problems: ['incident_not_found', 'version_mismatch', 'unavailable'],
  },
  async ({ input: { path }, context, c }) => {
    await deleteIncident(context, path.id, { expectedVersions: expectedVersions(c) });
    return emptyReply;
  },
);
