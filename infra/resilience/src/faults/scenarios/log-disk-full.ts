import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loseLogs } from '../lose-logs.ts';
import type { Scenario } from '../scenario.ts';
import { fillDisk, findDiskObstacle, mountSmallDisk } from '../small-disk.ts';

export const logDiskFull: Scenario = {
  name: 'log-disk-full',
  fault: 'disk full under the logs of API and worker',
  target: 'every create is a 201; nothing waits; dropped lines are counted; SIGTERM ends both in time',
  inShortForm: false,
  findObstacle: findDiskObstacle,
  run(context) {
    const disk = mountSmallDisk(context.cleanup, '8m');
    const filler = join(disk, 'filler');
    return loseLogs(context, {
      openLog(name) {
        const file = join(disk, `${name}.log`);
        const fd = openSync(file, 'a');
        context.cleanup.add(() => closeSync(fd));
        return { fd, read: () => readFileSync(file, 'utf8').split('\n') };
      },
      lose: () => fillDisk(filler),
      restore: () => rmSync(filler),
    });
  },
};
