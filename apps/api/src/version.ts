import manifest from '../package.json' with { type: 'json' };

/** In `GET /` and the OpenAPI document. */
export const version: string = manifest.version;
