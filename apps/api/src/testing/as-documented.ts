import { documentedReplies } from '@incidents/testing/http/documented-reply';
import document from '../../openapi.json' with { type: 'json' };

/** Holds a reply of the API against the committed OpenAPI document. */
export const asDocumented = documentedReplies(document);
