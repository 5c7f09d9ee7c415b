import type { Readable } from 'node:stream';
import { HttpProblem } from './problem.ts';

/** Bytes of memory that a chunk takes beside its content. A body can come as half a million chunks of one byte. */
const CHUNK_OVERHEAD_BYTES = 640;

/** What may be held of one body, and of all whose end has not come. */
export interface BodyLimits {
  maxBytes: number;
  maxUnfinishedBytes: number;
}

interface UnfinishedBody {
  /** Bytes of memory. */
  held: number;
  giveUp: () => void;
}

/**
 * Returns what reads bodies whole. Beyond `maxUnfinishedBytes` it gives up the largest, the oldest of several, so that
 * clients that never end theirs keep out no others.
 * @throws HttpProblem payload_too_large; overloaded for a body that is given up; malformed_request when the connection
 * breaks within the body
 */
export function createBodyReader({ maxBytes, maxUnfinishedBytes }: BodyLimits) {
  const unfinished = new Set<UnfinishedBody>();
  let unfinishedBytes = 0;

  const giveUpLargest = () => {
    let largest: UnfinishedBody | undefined;
    for (const one of unfinished) {
      if (largest === undefined || one.held > largest.held) largest = one;
    }
    largest?.giveUp();
  };

  return (body: Readable): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;

      const leave = () => {
        unfinished.delete(entry);
        unfinishedBytes -= entry.held;
        body.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
      };
      const refuse = (problem: HttpProblem) => {
        leave();
        chunks.length = 0;
        // The rest is read and dropped, as a client that still writes reads no reply.
        body.resume();
        reject(problem);
      };
      const onData = (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        entry.held += chunk.length + CHUNK_OVERHEAD_BYTES;
        unfinishedBytes += chunk.length + CHUNK_OVERHEAD_BYTES;
        if (bytes > maxBytes) refuse(new HttpProblem('payload_too_large', {}, { Connection: 'close' }));
        while (unfinishedBytes > maxUnfinishedBytes) giveUpLargest();
      };
      const onEnd = () => {
        leave();
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      };
      // The client is gone.
      const onBreak = () => refuse(new HttpProblem('malformed_request'));
      const giveUp = () =>
        refuse(new HttpProblem('overloaded', {}, { 'Retry-After': '1', Connection: 'close' }));

      const entry: UnfinishedBody = { held: 0, giveUp };
      unfinished.add(entry);
      body.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
      // Broken before anybody listened.
      if (body.destroyed) onBreak();
    });
}
