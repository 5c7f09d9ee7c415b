import { RecipientTestList, TestRecipientsQuery } from '@incidents/contracts';
import { testRecipients } from '@incidents/core/recipient/test-recipients';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const testRecipientsRoute = defineRoute(
  {
    operationId: 'testRecipients',
    method: 'post',
    path: '/recipients/test',
    tag: 'recipients',
    scope: 'admin',
    summary: 'Send a test message to each recipient',
    description:
      'A worker logs in to the server and sends one message to each configured recipient that fits the filters. The reply waits for the results, 20 seconds at most; a recipient without a result by then is not `ok`.',
    input: { query: TestRecipientsQuery },
    replies: { 200: { description: 'A bare array, by channel and recipient.', schema: RecipientTestList } },
    problems: ['unavailable'],
  },
  async ({ input, context }) => jsonReply(await testRecipients(context, input.query)),
);
