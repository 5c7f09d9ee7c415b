import { JobList, ListJobsQuery } from '@incidents/contracts';
import { listJobs } from '@incidents/core/job/list-jobs';
import { defineRoute } from '../../http/define-route.ts';
import { formatNextLinkAfter, linkHeader } from '../../http/next-page.ts';
import { jsonReply } from '../../http/reply.ts';

export const listJobsRoute = defineRoute(
  {
    operationId: 'listJobs',
    method: 'get',
    path: '/jobs',
    tag: 'queue',
    scope: 'jobs:read',
    summary: 'List jobs',
    description:
      'Queued jobs, by id. With `state=done` the jobs that finished within the last day, the last one first.',
    input: { query: ListJobsQuery },
    replies: { 200: { description: 'A bare array.', schema: JobList, headers: linkHeader } },
    problems: ['unavailable'],
  },
  async ({ input: { query }, context }) => {
    const { jobs, hasMore } = await listJobs(context, query);
    const last = jobs.at(-1);
    if (!hasMore || last === undefined) return jsonReply(jobs);
    const filters = { ...(query.state && { state: query.state }), ...(query.task && { task: query.task }) };
    return jsonReply(jobs, {
      Link: formatNextLinkAfter('/jobs', { after: last.id, limit: query.limit }, filters),
    });
  },
);
