const SLICE_BYTES = 64 * 1024;

/** A stream over bytes that all replies share: each holds one slice, without a copy. */
export function sharedBody(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let position = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (position < bytes.length) controller.enqueue(bytes.subarray(position, position + SLICE_BYTES));
        else controller.close();
        position += SLICE_BYTES;
      },
    },
    { highWaterMark: 0 },
  );
}
