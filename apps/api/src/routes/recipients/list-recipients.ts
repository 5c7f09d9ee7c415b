import { RecipientList } from '@incidents/contracts';
import { listRecipients } from '@incidents/core/recipient/list-recipients';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const listRecipientsRoute = defineRoute(
  {
    operationId: 'listRecipients',
    method: 'get',
    path: '/recipients',
    tag: 'recipients',
    scope: 'incidents:read',
    summary: 'List recipients and their delivery status',
    description:
      'The configured recipients of the living workers, and others with waiting or failed deliveries. Each process caches the reply for two seconds.',
    input: {},
    replies: { 200: { description: 'A bare array, by channel and recipient.', schema: RecipientList } },
    problems: ['unavailable'],
  },
  async ({ context }) => jsonReply(await listRecipients(context)),
);
