import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import * as contracts from './index.ts';

const problem = {
  type: 'urn:incident-service:problem:incident-not-found',
  title: 'Инцидент не найден',
  status: 404,
  detail: 'Инцидент не найден',
  instance: '/incidents/42',
  request_id: 'r1',
};
const incident = {
  id: 1,
  text: 'Бот не отвечает на команды',
  description: '...',
  status: 'новый',
  source: 'operator',
  created_at: '2025-11-08T12:00:00.000Z',
  severity: 'error',
  bot: null,
  assignee: null,
  labels: { region: 'eu' },
  links: ['https://grafana.example/d/bots'],
  dedup_key: null,
  occurrences: 1,
  last_seen_at: '2025-11-08T12:00:00.000Z',
  updated_at: '2025-11-08T12:00:00.000Z',
  acknowledged_at: null,
  closed_at: null,
  escalates_at: null,
  version: 1,
};
const { description: _, links: __, ...incidentSummary } = incident;
const incidentEvent = {
  id: 2,
  incident_id: 1,
  kind: 'updated',
  changes: { status: { from: 'новый', to: 'закрыт' } },
  comment: null,
  actor: 'anonymous',
  request_id: 'r1',
  at: '2025-11-08T12:00:00.000Z',
};
const job = {
  id: 1,
  task: 'deliver',
  state: 'failed',
  attempts: 25,
  max_attempts: 25,
  age_seconds: 60,
  incident_id: null,
  last_error: 'the mail server is busy',
  pool_id: null,
  worker: null,
  run_at: '2025-11-08T12:00:00.000Z',
  created_at: '2025-11-08T12:00:00.000Z',
  finished_at: null,
};
const jobRun = {
  attempt: 25,
  error: 'the mail server is busy',
  pool_id: 'worker-1',
  started_at: '2025-11-08T12:00:00.000Z',
  finished_at: '2025-11-08T12:00:01.000Z',
};
const depth = { jobs: 1, oldest_age_seconds: 60 };
const throughput = { runs: 1, failed: 1, failure_rate: 1, per_second: 0.00028, seconds: 3600 };
const depths = { waiting: depth, scheduled: depth, running: depth, failed: depth, last_hour: throughput };
const worker = {
  pool_id: 'worker-1',
  name: 'host:7',
  concurrency: 50,
  tasks: ['deliver'],
  started_at: '2025-11-08T12:00:00.000Z',
  running: [{ task: 'deliver', jobs: 1, oldest_age_seconds: 60 }],
};

const queueDeliveries = { pending: 3, retrying: 1, sending: 1, failed: 65, oldest_pending_age_seconds: 60 };

const apiKey = {
  id: 1,
  name: 'monitoring',
  prefix: 'inc_Zq3xT0aB',
  scopes: ['incidents:write'],
  created_at: '2025-11-08T12:00:00.000Z',
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
};

/** A reply of the service for each reply schema. */
const replies: Record<string, [schema: z.ZodType, reply: Record<string, unknown>]> = {
  AcceptedAlert: [contracts.AcceptedAlert, { incident_id: null }],
  ApiKey: [contracts.ApiKey, apiKey],
  CreatedApiKey: [contracts.CreatedApiKey, { ...apiKey, key: 'inc_Zq3xT0aBM1n' }],
  Incident: [contracts.Incident, incident],
  IncidentSummary: [contracts.IncidentSummary, incidentSummary],
  IncidentEvent: [contracts.IncidentEvent, incidentEvent],
  StreamedEvent: [contracts.StreamedEvent, { event: incidentEvent, incident: incidentSummary }],
  Delivery: [
    contracts.Delivery,
    {
      id: 1,
      incident_id: 1,
      event_id: 2,
      channel: 'email',
      transport: 'smtp',
      recipient: 'oncall@example.org',
      state: 'pending',
      attempts: 1,
      digest: false,
      provider_message_id: null,
      last_error: 'the mail server is busy',
      next_attempt_at: '2025-11-08T12:00:05.000Z',
      sent_at: null,
      created_at: '2025-11-08T12:00:00.000Z',
      updated_at: '2025-11-08T12:00:00.000Z',
    },
  ],
  DeliveryCount: [contracts.DeliveryCount, { deliveries: 1 }],
  Recipient: [
    contracts.Recipient,
    {
      channel: 'email',
      transport: 'smtp',
      recipient: 'oncall@example.org',
      configured: true,
      sources: null,
      severities: null,
      pending: 1,
      sending: 0,
      failed: 2,
      oldest_waiting_age_seconds: 60,
      last_error: 'the mail server is busy',
      last_error_at: '2025-11-08T12:00:00.000Z',
      failing_since: '2025-11-08T11:00:00.000Z',
      closed_until: null,
      last_success_at: '2025-11-08T10:00:00.000Z',
    },
  ],
  RecipientTest: [
    contracts.RecipientTest,
    { channel: 'email', recipient: 'oncall@example.org', ok: true, detail: '250 Ok', duration_ms: 120 },
  ],
  Job: [contracts.Job, job],
  JobCount: [contracts.JobCount, { jobs: 1 }],
  JobDetails: [contracts.JobDetails, { ...job, payload: { delivery_id: 1 }, runs: [jobRun] }],
  JobRun: [contracts.JobRun, jobRun],
  Queue: [
    contracts.Queue,
    {
      exact: true,
      ...depths,
      tasks: [{ task: 'deliver', ...depths }],
      deliveries: queueDeliveries,
      workers: [worker],
    },
  ],
  QueueDeliveries: [contracts.QueueDeliveries, queueDeliveries],
  QueueDepth: [contracts.QueueDepth, depth],
  QueueTask: [contracts.QueueTask, { task: 'deliver', ...depths }],
  QueueWorker: [contracts.QueueWorker, worker],
  Throughput: [contracts.Throughput, throughput],
  Statistics: [
    contracts.Statistics,
    {
      total: 1,
      by_status: { новый: 1, 'в работе': 0, закрыт: 0 },
      by_status_other: 0,
      by_source: { operator: 1 },
      by_source_other: 0,
      by_day: [{ date: '2025-11-08', incidents: 1 }],
      computed_at: '2025-11-08T12:00:00.000Z',
    },
  ],
  ServiceInfo: [contracts.ServiceInfo, { message: 'm', docs: '/docs', version: '1.0.0' }],
  Health: [contracts.Health, { status: 'ok' }],
  ReadinessChecks: [
    contracts.ReadinessChecks,
    { process: 'ok', database: 'ok', schema: 'failed', writes: 'unknown' },
  ],
  Readiness: [
    contracts.Readiness,
    { status: 'ready', checks: { process: 'ok', database: 'ok', schema: 'ok', writes: 'ok' } },
  ],
  Problem: [contracts.Problem, problem],
  FieldError: [contracts.FieldError, { path: 'body.text', code: 'required', message: 'обязательное поле' }],
  Session: [
    contracts.Session,
    {
      auth: 'keys',
      actor: 'key:1:monitoring',
      key_id: 1,
      key_name: 'monitoring',
      scopes: ['incidents:write'],
      expires_at: '2025-11-09T00:00:00.000Z',
    },
  ],
  VersionMismatchProblem: [contracts.VersionMismatchProblem, { ...problem, incident }],
  DedupKeyTakenProblem: [contracts.DedupKeyTakenProblem, { ...problem, incident_id: 2 }],
  ValidationProblem: [contracts.ValidationProblem, { ...problem, errors: [] }],
  NotReadyProblem: [
    contracts.NotReadyProblem,
    { ...problem, checks: { process: 'ok', database: 'ok', schema: 'failed', writes: 'unknown' } },
  ],
};
/** Exports other than reply objects. */
const OTHERS = [
  'AcknowledgeAlert',
  'Alert',
  'ResolveAlert',
  'TriggerAlert',
  'ApiKeyList',
  'ApiKeyPath',
  'CreateApiKey',
  'Scope',
  'CreateComment',
  'CreateIncident',
  'DeliveryList',
  'DeliveryPath',
  'DeliveryState',
  'Channel',
  'Transport',
  'FailedDeliveriesQuery',
  'ListDeliveriesQuery',
  'RecipientList',
  'RecipientTestList',
  'TestRecipientsQuery',
  'FailedJobsQuery',
  'IncidentEventList',
  'JobList',
  'JobPath',
  'JobState',
  'ListJobsQuery',
  'ListEventsQuery',
  'Paging',
  'IncidentList',
  'IncidentPath',
  'IncidentStatus',
  'ListIncidentsQuery',
  'MAX_DESCRIPTION_BYTES',
  'CreateSession',
  'Severity',
  'StreamIncidentsQuery',
  'UpdateIncident',
];

test('every reply schema is tested', () => {
  expect(Object.keys(contracts).toSorted()).toEqual([...Object.keys(replies), ...OTHERS].toSorted());
});

describe.each(Object.entries(replies))('%s', (_, [schema, reply]) => {
  test('parses a reply of the service', () => {
    expect(schema.parse(reply)).toEqual(reply);
  });

  test('accepts fields of later versions', () => {
    expect(schema.safeParse({ ...reply, added_later: { anything: [1] } }).success).toBe(true);
  });

  test('requires each of its fields', () => {
    for (const field of Object.keys(reply)) {
      const { [field]: _, ...rest } = reply;
      expect(
        schema.safeParse(rest).error?.issues.map(({ path }) => path),
        field,
      ).toEqual([[field]]);
    }
  });
});

test('IncidentList accepts what Incident accepts', () => {
  expect(contracts.IncidentList.parse([])).toEqual([]);
  expect(contracts.IncidentList.safeParse([{ ...incident, added_later: 1 }]).success).toBe(true);
  expect(contracts.IncidentList.safeParse({ items: [] }).success).toBe(false);
});

test.each([
  ['2025-11-08T12:00:00Z', true],
  ['2025-11-08T12:00:00.123456+03:00', true],
  ['2025-11-08T12:00:00', false],
  ['2025-11-08', false],
])('created_at %s is valid: %s', (created_at, allowed) => {
  expect(contracts.Incident.safeParse({ ...incident, created_at }).success).toBe(allowed);
});
