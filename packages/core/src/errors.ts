import type { Incident } from '@incidents/contracts';

export class IncidentNotFoundError extends Error {
  override readonly name = 'IncidentNotFoundError';
  readonly code = 'incident_not_found';

  constructor(id: number) {
    super(`incident ${id} does not exist`);
  }
}

/** The incident has another version than the one of `If-Match`. */
export class VersionMismatchError extends Error {
  override readonly name = 'VersionMismatchError';
  readonly code = 'version_mismatch';
  readonly details: { incident: Incident };

  constructor(incident: Incident) {
    super(`incident ${incident.id} has the version ${incident.version}`);
    this.details = { incident };
  }
}

/** Another incident that is open has the same `source` and `dedup_key`. */
export class DedupKeyTakenError extends Error {
  override readonly name = 'DedupKeyTakenError';
  readonly code = 'dedup_key_taken';
  readonly details: { incident_id: number };

  constructor(openIncidentId: number) {
    super(`incident ${openIncidentId} is open with this source and dedup_key`);
    this.details = { incident_id: openIncidentId };
  }
}

/** Another request had this `Idempotency-Key` and another input. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError';
  readonly code = 'idempotency_key_reused';
}

/** A request with this `Idempotency-Key` has not ended yet. */
export class RequestInProgressError extends Error {
  override readonly name = 'RequestInProgressError';
  readonly code = 'request_in_progress';
}

export class DeliveryNotFoundError extends Error {
  override readonly name = 'DeliveryNotFoundError';
  readonly code = 'delivery_not_found';

  constructor(id: number) {
    super(`delivery ${id} does not exist`);
  }
}

/** Only a failed or pending delivery can be retried. */
export class DeliveryNotFailedError extends Error {
  override readonly name = 'DeliveryNotFailedError';
  readonly code = 'delivery_not_failed';

  constructor(id: number) {
    super(`delivery ${id} has neither failed nor is it pending`);
  }
}

/** No job has this id, neither in the queue nor among the done ones. */
export class JobNotFoundError extends Error {
  override readonly name = 'JobNotFoundError';
  readonly code = 'job_not_found';

  constructor(id: number) {
    super(`job ${id} does not exist`);
  }
}

/** A running or done job can be neither retried nor deleted. */
export class JobNotChangeableError extends Error {
  override readonly name = 'JobNotChangeableError';
  readonly code = 'job_not_changeable';

  constructor(id: number) {
    super(`job ${id} is running or done`);
  }
}

export class ApiKeyNotFoundError extends Error {
  override readonly name = 'ApiKeyNotFoundError';
  readonly code = 'api_key_not_found';

  constructor(id: number) {
    super(`key ${id} does not exist`);
  }
}

/** Every error that a verb throws on purpose. A new one needs a status and a text in the API, or that does not compile. */
export type CoreError =
  | IncidentNotFoundError
  | VersionMismatchError
  | DedupKeyTakenError
  | IdempotencyKeyReusedError
  | RequestInProgressError
  | DeliveryNotFoundError
  | DeliveryNotFailedError
  | JobNotFoundError
  | JobNotChangeableError
  | ApiKeyNotFoundError;

export type CoreErrorCode = CoreError['code'];

/** Members that the reply to an error has besides its texts. */
export type CoreErrorDetails = Extract<CoreError, { details: object }>['details'];
