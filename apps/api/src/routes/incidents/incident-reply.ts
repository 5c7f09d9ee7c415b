import type { Incident } from '@incidents/contracts';
import { versionTag } from '../../http/etag.ts';
import { jsonReply, type Reply } from '../../http/reply.ts';

export const etagHeader = {
  ETag: 'Of an incident its version: `"3"`. Of a page, a tag that holds while it has the same incidents in the same versions; streamed pages have none.',
};

export const notModifiedReply = (headers: Record<string, string>) => ({
  304: { description: 'The client has this version (`If-None-Match`).', headers },
});

export const ifNoneMatchHeader = {
  'If-None-Match': 'The `ETag` of an earlier reply. When it still holds: 304 without a body.',
};

export const ifMatchHeader = {
  'If-Match':
    'The `ETag` of the incident as the client knows it. Another one by now: 412, and nothing changes.',
};

export const incidentReply = (
  incident: Incident,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Reply => jsonReply(incident, { ETag: versionTag(incident.version), ...headers }, status);
