import * as z from 'zod';
import { defineRoute } from '../../http/define-route.ts';
import { HttpProblem } from '../../http/problem.ts';
import { sharedBody } from './shared-body.ts';
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
  ({ input }) => {
    const asset = swaggerUi.assets.get(input.path.asset);
    if (!asset) throw new HttpProblem('route_not_found');
    return {
      status: 200,
      headers: {
        'Content-Type': asset.type,
        'Content-Length': String(asset.content.length),
        'Cache-Control': 'max-age=3600',
      },
      body: sharedBody(asset.content),
    };
  },
);
