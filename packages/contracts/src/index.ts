/**
 * The incident service's requests, replies and errors as Zod schemas, with a type of the same name for each.
 * Reply schemas accept fields, and values of enumerations, that a later version of the service adds.
 */
export { AcceptedAlert, AcknowledgeAlert, Alert, ResolveAlert, TriggerAlert } from './alert.ts';
export { ApiKey, ApiKeyList, ApiKeyPath, CreateApiKey, CreatedApiKey, Scope } from './api-key.ts';
export {
  Channel,
  Delivery,
  DeliveryCount,
  DeliveryList,
  DeliveryPath,
  DeliveryState,
  FailedDeliveriesQuery,
  ListDeliveriesQuery,
  type ListDeliveriesQueryInput,
  Transport,
} from './delivery.ts';
export {
  CreateIncident,
  type CreateIncidentInput,
  Incident,
  IncidentList,
  IncidentPath,
  IncidentStatus,
  IncidentSummary,
  ListIncidentsQuery,
  type ListIncidentsQueryInput,
  MAX_DESCRIPTION_BYTES,
  Severity,
  StreamIncidentsQuery,
  UpdateIncident,
} from './incident.ts';
export {
  CreateComment,
  IncidentEvent,
  IncidentEventList,
  ListEventsQuery,
  StreamedEvent,
} from './incident-event.ts';
export {
  FailedJobsQuery,
  Job,
  JobCount,
  JobDetails,
  JobList,
  JobPath,
  JobRun,
  JobState,
  ListJobsQuery,
  type ListJobsQueryInput,
} from './job.ts';
export type { OpenEnum } from './open-enum.ts';
export { Paging } from './paging.ts';
export {
  DedupKeyTakenProblem,
  FieldError,
  Problem,
  ValidationProblem,
  VersionMismatchProblem,
} from './problem.ts';
export { Queue, QueueDeliveries, QueueDepth, QueueTask, QueueWorker, Throughput } from './queue.ts';
export {
  Recipient,
  RecipientList,
  RecipientTest,
  RecipientTestList,
  TestRecipientsQuery,
} from './recipient.ts';
export { Health, NotReadyProblem, Readiness, ReadinessChecks, ServiceInfo } from './service.ts';
export { CreateSession, Session } from './session.ts';
export { Statistics } from './statistics.ts';
