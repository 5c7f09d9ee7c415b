import manifest from '../package.json' with { type: 'json' };

/** Of the service, as `GET /` and the OpenAPI document name it. */
export const version: string = manifest.version;
