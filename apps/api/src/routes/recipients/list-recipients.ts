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
      'Every recipient that a living worker is configured with, and every other one with deliveries that wait or failed. Each process keeps the answer for two seconds.',
    input: {},
    replies: { 200: { description: 'A bare array, by channel and recipient.', schema: RecipientList } },
    problems: ['unavailable'],
  },
  async ({ context }) => jsonReply(await listRecipients(context)),
);
