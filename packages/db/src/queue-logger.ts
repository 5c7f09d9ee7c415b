import { Logger } from 'graphile-worker';

/** Without a logger Graphile Worker prints to the console. */
export const quietQueueLogger = new Logger(() => () => {});
