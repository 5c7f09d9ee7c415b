import type { Readable } from 'node:stream';
import { HttpProblem } from './problem.ts';

/** Memory of a chunk beside its content, in bytes. A body can come as half a million chunks of one byte. */
const CHUNK_OVERHEAD_BYTES = 640;

export interface BodyLimits {
  maxBytes: number;
  /** Memory of all bodies that have not ended. */
  maxUnfinishedBytes: number;
}

interface UnfinishedBody {
  memoryBytes: number;
  abort: () => void;
}

/**
 * Beyond `maxUnfinishedBytes` it aborts the largest, then oldest body: endless ones keep out no others.
 * @throws HttpProblem payload_too_large; overloaded for an aborted body; malformed_request when the connection breaks
 * within the body
 */
export function createBodyReader({ maxBytes, maxUnfinishedBytes }: BodyLimits) {
  const unfinished = new Set<UnfinishedBody>();
  let unfinishedBytes = 0;

  const abortLargest = () => {
    let largest: UnfinishedBody | undefined;
    for (const one of unfinished) {
      if (largest === undefined || one.memoryBytes > largest.memoryBytes) largest = one;
    }
    largest?.abort();
  };

  return (body: Readable): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;

      const detach = () => {
        unfinished.delete(entry);
        unfinishedBytes -= entry.memoryBytes;
        body.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
      };
      const refuse = (problem: HttpProblem) => {
        detach();
        chunks.length = 0;
        // The rest is read and dropped, as a client that still writes reads no reply.
        body.resume();
        reject(problem);
      };
      const onData = (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        entry.memoryBytes += chunk.length + CHUNK_OVERHEAD_BYTES;
        unfinishedBytes += chunk.length + CHUNK_OVERHEAD_BYTES;
        if (bytes > maxBytes) refuse(new HttpProblem('payload_too_large', {}, { Connection: 'close' }));
        while (unfinishedBytes > maxUnfinishedBytes) abortLargest();
      };
      const onEnd = () => {
        detach();
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      };
      const onBreak = () => refuse(new HttpProblem('malformed_request'));
      const abort = () =>
        refuse(new HttpProblem('overloaded', {}, { 'Retry-After': '1', Connection: 'close' }));

      const entry: UnfinishedBody = { memoryBytes: 0, abort };
      unfinished.add(entry);
      body.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
      // A body that broke earlier emits no more events.
      if (body.destroyed) onBreak();
    });
}
