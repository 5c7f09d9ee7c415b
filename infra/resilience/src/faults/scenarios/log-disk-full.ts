import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';
import { fillDisk, mountSmallDisk, whyNoSmallDisk } from '../small-disk.ts';
import { loseLogs } from './lose-logs.ts';

/** Logs of API and worker are files on a disk that is full for a while. */
export const logDiskFull: Scenario = {
  name: 'log-disk-full',
  fault: 'disk full under the logs of API and worker',
  target: 'every create is a 201; nothing waits; dropped lines are counted; SIGTERM ends both in time',
  inShortForm: false,
  whyNot: whyNoSmallDisk,
  run(trial) {
    const disk = mountSmallDisk(trial.cleanup, '8m');
    const filler = join(disk, 'filler');
    return loseLogs(trial, {
      openLog(name) {
        const file = join(disk, `${name}.log`);
        const fd = openSync(file, 'a');
        trial.cleanup.add(() => closeSync(fd));
        return { fd, read: () => readFileSync(file, 'utf8').split('\n') };
      },
      lose: () => fillDisk(filler),
      restore: () => rmSync(filler),
    });
  },
};
