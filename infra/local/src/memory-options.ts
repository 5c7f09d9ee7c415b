/**
 * Variables that bound the memory of an API's process, as in the image. The first is for V8's young generation, the others for
 * glibc: its `malloc` uses one arena, and returns free memory of more than 128 KiB. Figures: docs/performance.md.
 */
export const MEMORY_OPTIONS = {
  NODE_OPTIONS: '--max-semi-space-size=16',
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
