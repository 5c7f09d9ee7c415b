import * as z from 'zod';

const count = z.int().min(0);

/** Reply of `GET /statistics`. */
export const Statistics = z
  .object({
    total: count.meta({ description: 'All incidents.', example: 3 }),
    by_status: z.record(z.string(), count).meta({
      description:
        'Incidents per status: the three known ones, always, and the largest of any others, 50 in all.',
      example: { новый: 2, 'в работе': 1, закрыт: 0 },
    }),
    by_status_other: count.meta({
      description: 'Incidents of the statuses that `by_status` does not name.',
      example: 0,
    }),
    by_source: z.record(z.string(), count).meta({
      description: 'Incidents per source, of the 50 sources with the most of them.',
      example: { operator: 2, monitoring: 1 },
    }),
    by_source_other: count.meta({
      description: 'Incidents of the sources that `by_source` does not name.',
      example: 0,
    }),
    by_day: z.array(z.object({ date: z.iso.date().meta({ example: '2025-11-08' }), incidents: count })).meta({
      description: 'Incidents per UTC day of creation: the last 30 days, today last, zeros included.',
    }),
    computed_at: z.iso.datetime({ offset: true }).meta({
      description: 'When the figures last changed. They follow a write within moments, not at once.',
      example: '2025-11-08T12:00:00.000Z',
    }),
  })
  .meta({ id: 'Statistics', description: 'How many incidents there are.' });
export type Statistics = z.infer<typeof Statistics>;
