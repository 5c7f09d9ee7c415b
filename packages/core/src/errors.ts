/** No incident has this id. */
export class IncidentNotFound extends Error {
  readonly code = 'incident_not_found';

  constructor(id: number) {
    super(`incident ${id} does not exist`);
  }
}
