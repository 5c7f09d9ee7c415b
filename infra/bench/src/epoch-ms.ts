/** Milliseconds of Unix time with fractions: processes of one machine can compare them. */
export const epochMs = (): number => performance.timeOrigin + performance.now();
