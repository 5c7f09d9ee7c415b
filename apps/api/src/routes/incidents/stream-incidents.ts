import { StreamedEvent, StreamIncidentsQuery } from '@incidents/contracts';
import { requireScope } from '../../http/authorize-request.ts';
import { defineRoute } from '../../http/define-route.ts';

export const streamIncidentsRoute = defineRoute(
  {
    operationId: 'streamIncidents',
    method: 'get',
    path: '/incidents/stream',
    tag: 'incidents',
    scope: 'incidents:read',
    summary: 'Follow the events of incidents',
    description:
      'Server-sent events: `id` is a position, `event` the kind of the event, `data` a `StreamedEvent`. With filters: events of incidents that match now, events that took an incident out of the filter, and every deletion. A message `reset` says that events were left out: read the list again. To miss nothing, open the stream before reading the list.',
    input: { query: StreamIncidentsQuery },
    requestHeaders: {
      'Last-Event-ID':
        'The `id` of the last message: the stream begins with the events since then, or with `reset` when they are more than 10,000.',
    },
    replies: {
      200: {
        description: 'The stream. The schema is that of `data` of one message.',
        schema: StreamedEvent,
        contentTypes: ['text/event-stream'],
      },
    },
    problems: ['unavailable'],
  },
  ({ input: { query }, context, dependencies, c }) =>
    dependencies.eventStreams.open({
      c,
      requestId: context.requestId,
      filter: query,
      lastPosition: c.req.header('last-event-id'),
      authorize: async () =>
        requireScope(await dependencies.authentication.authenticate(c), 'incidents:read'),
    }),
);
