import { hash } from 'node:crypto';
import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';

/** The tag of an incident is its version: `"3"`. */
export const versionTag = (version: number): string => `"${version}"`;

/** Weak: the list has equal members, but its bytes may be compressed. */
export const listTag = (versions: string): string => `W/"${hash('md5', versions, 'base64url')}"`;

/** Whether the client has the representation with this tag already (`If-None-Match`, weak comparison). */
export function isNotModified(c: Context<HonoEnv>, tag: string): boolean {
  const header = c.req.header('if-none-match');
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === opaque);
}

/** The versions of `If-Match`; undefined without a condition. Tags of no version match nothing. */
export function expectedVersions(c: Context<HonoEnv>): number[] | undefined {
  const header = c.req.header('if-match')?.trim();
  if (header === undefined || header === '*') return undefined;
  return [...header.matchAll(/"(\d{1,15})"/g)].map(([, version]) => Number(version));
}
