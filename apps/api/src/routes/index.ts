import type { Route } from '../http/define-route.ts';
import { listDeliveries } from './deliveries/list-deliveries.ts';
import { listIncidentDeliveries } from './deliveries/list-incident-deliveries.ts';
import { retryDelivery } from './deliveries/retry-delivery.ts';
import { retryFailedDeliveries } from './deliveries/retry-failed-deliveries.ts';
import { getDocs } from './docs/get-docs.ts';
import { getDocsAsset } from './docs/get-docs-asset.ts';
import { getOpenapi } from './docs/get-openapi.ts';
import { createIncident } from './incidents/create-incident.ts';
import { getIncident } from './incidents/get-incident.ts';
import { listIncidentEvents } from './incidents/list-incident-events.ts';
import { listIncidents } from './incidents/list-incidents.ts';
import { updateIncident } from './incidents/update-incident.ts';
import { createApiKey } from './keys/create-api-key.ts';
import { listApiKeys } from './keys/list-api-keys.ts';
import { revokeApiKey } from './keys/revoke-api-key.ts';
import { deleteFailedJobs } from './queue/delete-failed-jobs.ts';
import { deleteJob } from './queue/delete-job.ts';
import { getJob } from './queue/get-job.ts';
import { getQueue } from './queue/get-queue.ts';
import { listJobs } from './queue/list-jobs.ts';
import { retryFailedJobs } from './queue/retry-failed-jobs.ts';
import { retryJob } from './queue/retry-job.ts';
import { listRecipients } from './recipients/list-recipients.ts';
import { testRecipients } from './recipients/test-recipients.ts';
import { getHealth } from './service/get-health.ts';
import { getReadiness } from './service/get-readiness.ts';
import { getServiceInfo } from './service/get-service-info.ts';
import { getStatistics } from './statistics/get-statistics.ts';

/** Every operation, in the order of the document. */
export const routes: Route[] = [
  createIncident,
  listIncidents,
  getIncident,
  updateIncident,
  listIncidentEvents,
  listIncidentDeliveries,
  listDeliveries,
  // Before that of one delivery: `failed` is no id.
  retryFailedDeliveries,
  retryDelivery,
  listRecipients,
  testRecipients,
  getStatistics,
  getQueue,
  listJobs,
  // Before those of one job: `failed` is no id.
  retryFailedJobs,
  deleteFailedJobs,
  getJob,
  retryJob,
  deleteJob,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  getServiceInfo,
  getHealth,
  getReadiness,
  getOpenapi,
  getDocs,
  getDocsAsset,
];
