/** The types of the package alone. The published declarations are plain interfaces, which need no zod. */
export type * from './index.ts';
