import { describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../testing/test-app.ts';

const testApp = useTestApp();

describe('a request whose client has hung up', () => {
  test('is not begun', async () => {
    const report = (incoming: object) =>
      testApp.app.request(
        '/incidents',
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(newIncident),
        },
        { incoming },
      );
    expect((await report({ socket: { writable: false } })).status).toBe(400);
    expect((await testApp.request('/incidents')).body).toEqual([]);
    expect((await report({ socket: { writable: true } })).status).toBe(201);
  });
});
