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

/** Only a delivery that has failed can be sent again. */
export class DeliveryNotFailed extends Error {
  readonly code = 'delivery_not_failed';

  constructor(id: number) {
    super(`delivery ${id} has not failed`);
  }
}
