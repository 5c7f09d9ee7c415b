import * as z from 'zod';
import { defineRoute } from '../../http/define-route.ts';
import { HttpProblem } from '../../http/problem.ts';
import { swaggerUi } from './swagger-ui.ts';

export const getDocsAsset = defineRoute(
  {
    operationId: 'getDocsAsset',
    method: 'get',
    path: '/docs/{asset}',
    tag: 'service',
    scope: 'public',
    summary: 'A file of that page',
    input: { path: z.object({ asset: z.string().meta({ example: 'swagger-ui.css' }) }) },
    replies: {
      200: { description: 'The file.', contentTypes: ['text/css', 'text/javascript', 'image/png'] },
    },
    problems: ['route_not_found'],
  },
  async ({ input, c }) => {
    const asset = await swaggerUi.readAsset(input.path.asset);
    if (!asset) throw new HttpProblem('route_not_found');
    return c.body(asset.content, 200, { 'Content-Type': asset.type, 'Cache-Control': 'max-age=3600' });
  },
);
