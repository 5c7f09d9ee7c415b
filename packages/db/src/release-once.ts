import type pg from 'pg';

type Release = (error?: Error | boolean) => void;
type OnConnect = (error: Error | undefined, client?: pg.PoolClient, release?: Release) => void;

/** Graphile Worker releases twice when LISTEN fails after its stop; the second would end the process. */
export function releaseOnce(pool: pg.Pool): pg.Pool {
  const connect = (onConnect?: OnConnect) => {
    if (onConnect === undefined) return pool.connect();
    pool.connect((error: Error | undefined, client?: pg.PoolClient, release?: Release) => {
      // No connection came about in time, or the pool is closed.
      if (release === undefined) return onConnect(error);
      let isReleased = false;
      onConnect(error, client, (reason) => {
        if (isReleased) return;
        isReleased = true;
        release(reason);
      });
    });
  };
  return Object.create(pool, { connect: { value: connect } });
}
