import { Incident } from '@incidents/contracts';
import { describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post } = useTestApp();
const withKeys = useTestApp({ keys: {}, database: 'unreachable' });

describe('GET /incidents/{id}', () => {
  test('returns the created incident, with and without a trailing slash', async () => {
    const created = Incident.parse((await post('/incidents/', newIncident)).body);
    for (const path of [`/incidents/${created.id}`, `/incidents/${created.id}/`]) {
      const { status, body } = await request(path);
      expect(status).toBe(200);
      expect(body).toEqual(created);
    }
  });

  test.each(['/incidents/5', '/incidents/5/', '/incidents/%0D%0A'])(
    'leads a browser from %s to the page of the console, without a key',
    async (path) => {
      const { status, headers } = await withKeys.request(path, { headers: { Accept: 'text/html' } });
      expect(status).toBe(302);
      expect(headers.get('location')).toBe(`/console${path.replace(/\/$/, '')}`);
    },
  );

  test('answers HEAD like GET, without a body', async () => {
    const { id } = Incident.parse((await post('/incidents/', newIncident)).body);
    expect(await request(`/incidents/${id}`, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await request('/incidents/999999', { method: 'HEAD' })).toMatchObject({ status: 404, text: '' });
  });

  test('answers 404 as the legacy service, as a problem', async () => {
    const { status, body } = await request('/incidents/999999', { headers: { 'X-Request-Id': 'client-1' } });
    expect(status).toBe(404);
    expect(body).toEqual({
      type: 'urn:incident-service:problem:incident-not-found',
      title: 'Инцидент не найден',
      status: 404,
      detail: 'Инцидент не найден',
      instance: '/incidents/999999',
      request_id: 'client-1',
    });
  });

  test.each([
    '0',
    '-0',
    '-1',
    '00',
    String(2 ** 31),
    String(2 ** 53 - 1),
    String(2 ** 53),
    String(2 ** 63),
    '9'.repeat(1000),
  ])('answers 404 for id %s', async (id) => {
    expect((await request(`/incidents/${id}`)).status).toBe(404);
  });

  test.each(['abc', '1.5', '1e0', '0x1', '1%201', '%2B%2B1', '%D9%A1', '%EF%BC%91', '1%00', 'NaN', "1'"])(
    'refuses the id %s',
    async (id) => {
      const { status, body } = await request(`/incidents/${id}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({
        errors: [{ path: 'path.id', code: 'invalid_type', message: 'ожидается целое число' }],
      });
    },
  );

  test('reads an id as the legacy service did', async () => {
    const created = Incident.parse((await post('/incidents/', newIncident)).body);
    for (const id of [
      `000${created.id}`,
      `%20${created.id}`,
      `${created.id}%20`,
      `%2B${created.id}`,
      `${created.id}.0`,
    ])
      expect((await request(`/incidents/${id}`)).body, id).toEqual(created);
  });
});
