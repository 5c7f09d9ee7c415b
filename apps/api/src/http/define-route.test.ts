import { describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../testing/test-app.ts';

const testApp = useTestApp();

describe('defineRoute', () => {
  test('runs no handler for a disconnected client', async () => {
    const send = (incoming: object) =>
      testApp.app.request(
        '/incidents',
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(newIncident),
        },
        { incoming },
      );
    expect((await send({ socket: { writable: false } })).status).toBe(400);
    expect((await testApp.request('/incidents')).body).toEqual([]);
    expect((await send({ socket: { writable: true } })).status).toBe(201);
  });
});
