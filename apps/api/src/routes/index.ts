import type { Route } from '../http/define-route.ts';
import { reportAlertRoute } from './alerts/report-alert.ts';
import { listDeliveriesRoute } from './deliveries/list-deliveries.ts';
import { listIncidentDeliveriesRoute } from './deliveries/list-incident-deliveries.ts';
import { retryDeliveryRoute } from './deliveries/retry-delivery.ts';
import { retryFailedDeliveriesRoute } from './deliveries/retry-failed-deliveries.ts';
import { getDocsRoute } from './docs/get-docs.ts';
import { getDocsAssetRoute } from './docs/get-docs-asset.ts';
import { getOpenapiRoute } from './docs/get-openapi.ts';
import { createCommentRoute } from './incidents/create-comment.ts';
import { createIncidentRoute } from './incidents/create-incident.ts';
import { deleteIncidentRoute } from './incidents/delete-incident.ts';
import { getIncidentRoute } from './incidents/get-incident.ts';
import { listIncidentEventsRoute } from './incidents/list-incident-events.ts';
import { listIncidentsRoute } from './incidents/list-incidents.ts';
import { streamIncidentsRoute } from './incidents/stream-incidents.ts';
import { updateIncidentRoute } from './incidents/update-incident.ts';
import { createApiKeyRoute } from './keys/create-api-key.ts';
import { listApiKeysRoute } from './keys/list-api-keys.ts';
import { revokeApiKeyRoute } from './keys/revoke-api-key.ts';
import { deleteFailedJobsRoute } from './queue/delete-failed-jobs.ts';
import { deleteJobRoute } from './queue/delete-job.ts';
import { getJobRoute } from './queue/get-job.ts';
import { getQueueRoute } from './queue/get-queue.ts';
import { listJobsRoute } from './queue/list-jobs.ts';
import { retryFailedJobsRoute } from './queue/retry-failed-jobs.ts';
import { retryJobRoute } from './queue/retry-job.ts';
import { listRecipientsRoute } from './recipients/list-recipients.ts';
import { testRecipientsRoute } from './recipients/test-recipients.ts';
import { getHealthRoute } from './service/get-health.ts';
import { getReadinessRoute } from './service/get-readiness.ts';
import { getServiceInfoRoute } from './service/get-service-info.ts';
import { createSessionRoute } from './session/create-session.ts';
import { deleteSessionRoute } from './session/delete-session.ts';
import { getSessionRoute } from './session/get-session.ts';
import { getStatisticsRoute } from './statistics/get-statistics.ts';

export const routes: Route[] = [
  createIncidentRoute,
  listIncidentsRoute,
  // Before /incidents/{id}: `stream` is no id.
  streamIncidentsRoute,
  getIncidentRoute,
  updateIncidentRoute,
  deleteIncidentRoute,
  listIncidentEventsRoute,
  createCommentRoute,
  reportAlertRoute,
  listIncidentDeliveriesRoute,
  listDeliveriesRoute,
  // Before /deliveries/{id}/retry: `failed` is no id.
  retryFailedDeliveriesRoute,
  retryDeliveryRoute,
  listRecipientsRoute,
  testRecipientsRoute,
  getStatisticsRoute,
  getQueueRoute,
  listJobsRoute,
  // Before /jobs/{id}: `failed` is no id.
  retryFailedJobsRoute,
  deleteFailedJobsRoute,
  getJobRoute,
  retryJobRoute,
  deleteJobRoute,
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
  createSessionRoute,
  getSessionRoute,
  deleteSessionRoute,
  getServiceInfoRoute,
  getHealthRoute,
  getReadinessRoute,
  getOpenapiRoute,
  getDocsRoute,
  getDocsAssetRoute,
];
