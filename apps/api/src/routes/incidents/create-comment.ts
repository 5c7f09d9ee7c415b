import { CreateComment, IncidentEvent, IncidentPath } from '@incidents/contracts';
import { createComment } from '@incidents/core/incident/create-comment';
import { defineRoute } from '../../http/define-route.ts';
import {
  idempotencyReplyHeader,
  idempotencyRequestHeader,
  readIdempotencyKey,
} from '../../http/idempotency-key.ts';
import { jsonReply } from '../../http/reply.ts';

export const createCommentRoute = defineRoute(
  {
    operationId: 'createComment',
    method: 'post',
    path: '/incidents/{id}/comments',
    tag: 'incidents',
    scope: 'incidents:write',
    summary: 'Comment on an incident',
    description:
      'Adds an event of the kind `commented` to the history. The incident keeps its version, and no message is sent.',
    input: { path: IncidentPath, body: CreateComment },
    requestHeaders: idempotencyRequestHeader,
    example: { text: 'Перезапустил бота, наблюдаю' },
    replies: {
      201: { description: 'The event.', schema: IncidentEvent, headers: idempotencyReplyHeader },
    },
    problems: ['incident_not_found', 'idempotency_key_reused', 'request_in_progress', 'unavailable'],
  },
  async ({ input: { path, body }, context, dependencies, c }) => {
    const { event, isReplayed } = await createComment(
      context,
      path.id,
      body,
      readIdempotencyKey(c, dependencies),
    );
    return jsonReply(event, isReplayed ? { 'Idempotency-Replayed': 'true' } : {}, 201);
  },
);
