import { Logger } from 'graphile-worker';

/** Graphile Worker prints to the console unless told otherwise. */
export const quietQueueLogger = new Logger(() => () => {});
