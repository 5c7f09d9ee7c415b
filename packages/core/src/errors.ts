/** No incident has this id. */
export class IncidentNotFound extends Error {
  readonly code = 'incident_not_found';

  constructor(id: number) {
    super(`incident ${id} does not exist`);
  }
}

/** No delivery has this id. */
export class DeliveryNotFound extends Error {
  readonly code = 'delivery_not_found';

  constructor(id: number) {
    super(`delivery ${id} does not exist`);
  }
}

/** Only a delivery that has failed or is pending can be retried. */
export class DeliveryNotFailed extends Error {
  readonly code = 'delivery_not_failed';

  constructor(id: number) {
    super(`delivery ${id} has neither failed nor is it pending`);
  }
}

/** No job has this id, neither in the queue nor among those that are done. */
export class JobNotFound extends Error {
  readonly code = 'job_not_found';

  constructor(id: number) {
    super(`job ${id} does not exist`);
  }
}

/** A job that is running or done can be neither retried nor deleted. */
export class JobNotChangeable extends Error {
  readonly code = 'job_not_changeable';

  constructor(id: number) {
    super(`job ${id} is running or done`);
  }
}

/** No key has this id. */
export class ApiKeyNotFound extends Error {
  readonly code = 'api_key_not_found';

  constructor(id: number) {
    super(`key ${id} does not exist`);
  }
}
