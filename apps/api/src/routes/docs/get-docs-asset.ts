import * as z from 'zod';
import { defineRoute } from '../../http/define-route.ts';
import { HttpProblem } from '../../http/problem.ts';
import { swaggerUi } from './swagger-ui.ts';

export const getDocsAssetRoute = defineRoute(
  {
    operationId: 'getDocsAsset',
    method: 'get',
    path: '/docs/{asset}',
    tag: 'service',
    scope: 'public',
    summary: 'Get a file of the documentation page',
    input: { path: z.object({ asset: z.string().meta({ example: 'swagger-ui.css' }) }) },
    replies: {
      200: { description: 'The file.', contentTypes: ['text/css', 'text/javascript', 'image/png'] },
    },
    problems: ['route_not_found'],
  },
  ({ input, c }) => {
    const makeReply = swaggerUi.assets.get(input.path.asset);
    if (!makeReply) throw new HttpProblem('route_not_found');
    return makeReply(c);
  },
);
