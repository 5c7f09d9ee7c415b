import { documentedReplies } from '@incidents/testing/http/documented-reply';
import document from '../../openapi.json' with { type: 'json' };

export const asDocumented = documentedReplies(document);
