import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const HEALTHY_INTERVAL_MS = 5_000;
const STARTING_INTERVAL_MS = 1_000;

/** Runs the health checks of all containers: podman leaves that to systemd. */
export function runHealthChecks(socketPath: string) {
  const controller = new AbortController();
  const { signal } = controller;
  const dueAt = new Map<string, number>();
  const check = async (id: string) => {
    const { Status } = await get<{ Status: string }>(socketPath, `${id}/healthcheck`, signal);
    const interval = Status === 'healthy' ? HEALTHY_INTERVAL_MS : STARTING_INTERVAL_MS;
    dueAt.set(id, performance.now() + interval);
  };
  const ended = (async () => {
    while (!signal.aborted) {
      const containers = await get<{ Id: string }[]>(socketPath, 'json', signal).catch(() => []);
      const due = containers.filter(({ Id }) => (dueAt.get(Id) ?? 0) <= performance.now());
      await Promise.allSettled(due.map(({ Id }) => check(Id)));
      await sleep(STARTING_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    stop() {
      controller.abort();
      return ended;
    },
  };
}

async function get<T>(socketPath: string, path: string, signal: AbortSignal): Promise<T> {
  const reply = await new Promise<string>((resolve, reject) => {
    request({ socketPath, path: `/v4.0.0/libpod/containers/${path}`, signal }, (message) =>
      text(message).then(resolve, reject),
    )
      .once('error', reject)
      .end();
  });
  return JSON.parse(reply);
}
