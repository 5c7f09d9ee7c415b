import { spawn } from 'node:child_process';

/** Another process sends SIGKILL after `ms`: neither a busy event loop nor an exit waiting for threads stops it. */
export function killAfter(ms: number): void {
  try {
    spawnGuard(ms);
  } catch {
    // Not allowed, or nothing left to start it with: the deadline of the event loop is all there is.
  }
}

function spawnGuard(ms: number): void {
  // The shell hears of this process's end by the end of its input.
  const script = `
    exec 3<&0
    sleep "$1" & timer=$!
    { cat <&3 >/dev/null; kill "$timer"; } & watch=$!
    wait "$timer" && { kill "$watch"; kill -KILL "$2"; }`;
  const guard = spawn('sh', ['-c', script, 'sh', String(ms / 1_000), String(process.pid)], {
    // A session of its own: what ends this process's group would end it too.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without it there is still the deadline of the event loop.
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
}
