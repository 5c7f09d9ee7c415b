import { documentedReplies } from '@incidents/testing/http/documented-reply';
import document from '../../openapi.json' with { type: 'json' };

/** Validates a reply against the committed OpenAPI document. */
export const asDocumented = documentedReplies(document);
