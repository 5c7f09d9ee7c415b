import { loseLogs } from '../lose-logs.ts';
import { openReadPipe, type ReadPipe } from '../read-pipe.ts';
import type { Scenario } from '../scenario.ts';

export const logReaderStopped: Scenario = {
  name: 'log-reader-stopped',
  fault: 'readers of the logs of API and worker stopped (SIGSTOP)',
  target: 'every create is a 201; nothing waits; dropped lines are counted; SIGTERM ends both in time',
  inShortForm: true,
  run(context) {
    const pipes: ReadPipe[] = [];
    return loseLogs(context, {
      openLog() {
        const pipe = openReadPipe(context.cleanup);
        pipes.push(pipe);
        return { fd: pipe.fd, read: () => pipe.lines };
      },
      lose: () => pipes.forEach((pipe) => void pipe.stop()),
      restore: () => pipes.forEach((pipe) => void pipe.resume()),
    });
  },
};
