import type { DigestEntry } from '../engine/channel.ts';
import type { Messages } from './messages.ts';

export function formatDigestHeading(
  entries: Pick<DigestEntry, 'kind'>[],
  { digestHeadings }: Messages,
): string {
  const [kind, ...others] = new Set(entries.map((entry) => entry.kind));
  const isOfOneKind = others.length === 0 && (kind === 'created' || kind === 'escalated');
  return `${digestHeadings[isOfOneKind ? kind : 'mixed']}: ${entries.length}`;
}
