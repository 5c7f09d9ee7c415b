import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A clone that was never started has nothing to stop, so `stop` must not install packages first. */
function isStopWithoutPackages() {
  if (existsSync('node_modules')) return false;
  try {
    // pnpm tells its hooks nothing about the command.
    const command = execFileSync('ps', ['-o', 'args=', '-p', String(process.ppid)], { encoding: 'utf8' });
    return command.trim().endsWith(' stop');
  } catch {
    return false;
  }
}

export const hooks = {
  updateConfig: (config) => (isStopWithoutPackages() ? { ...config, verifyDepsBeforeRun: false } : config),
};
