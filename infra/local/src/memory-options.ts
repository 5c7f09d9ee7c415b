/**
 * Variables of an API process, as in the image; docs/performance.md has figures. The last two are for glibc's `malloc`.
 * A trim threshold, even the default one, stops glibc from raising it and the mmap threshold (mallopt(3)).
 */
export const MEMORY_OPTIONS = {
  NODE_OPTIONS: '--max-semi-space-size=16',
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
