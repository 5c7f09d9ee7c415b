import * as z from 'zod';

const count = z.int().min(0);

/** Reply of `GET /statistics`. */
export const Statistics = z
  .object({
    total: count.meta({ description: 'All incidents.', example: 3 }),
    by_status: z.record(z.string(), count).meta({
      description:
        'Incidents per status: always the three known ones, then the most frequent others, 50 in all.',
      example: { новый: 2, 'в работе': 1, закрыт: 0 },
    }),
    by_status_other: count.meta({
      description: 'Incidents of all other statuses.',
      example: 0,
    }),
    by_source: z.record(z.string(), count).meta({
      description: 'Incidents per source: the 50 most frequent sources.',
      example: { operator: 2, monitoring: 1 },
    }),
    by_source_other: count.meta({
      description: 'Incidents of all other sources.',
      example: 0,
    }),
    by_day: z.array(z.object({ date: z.iso.date().meta({ example: '2025-11-08' }), incidents: count })).meta({
      description: 'Incidents per UTC day of creation: the last 30 days, today last, zeros included.',
    }),
    computed_at: z.iso.datetime({ offset: true }).meta({
      description: 'The last change of the figures. They follow a write after moments.',
      example: '2025-11-08T12:00:00.000Z',
    }),
  })
  .meta({ id: 'Statistics', description: 'Numbers of incidents.' });
export type Statistics = z.infer<typeof Statistics>;
