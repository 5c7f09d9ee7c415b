import { spawn } from 'node:child_process';

/** A guard process sends SIGKILL after `ms`. It works during a busy event loop or a stuck `process.exit`. */
export function killAfter(ms: number): void {
  try {
    spawnGuard(ms);
  } catch {
    // Without a guard the timer of the event loop still applies.
  }
}

function spawnGuard(ms: number): void {
  // The end of its input tells the shell that this process has ended.
  const script = `
    exec 3<&0
    sleep "$1" & timer=$!
    { cat <&3 >/dev/null; kill "$timer"; } & watch=$!
    wait "$timer" && { kill "$watch"; kill -KILL "$2"; }`;
  const guard = spawn('sh', ['-c', script, 'sh', String(ms / 1_000), String(process.pid)], {
    // A session of its own, so that a signal to this process group does not end it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // The same as above.
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
}
