import * as z from 'zod';

export const time = () =>
  z.iso.datetime({ offset: true }).meta({
    description: 'ISO 8601 with an offset, UTC.',
    example: '2025-11-08T12:00:00.000Z',
  });
