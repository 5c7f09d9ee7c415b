export interface MainProcess {
  uid: number;
  /** The masks of the lines Cap… of /proc/PID/status. */
  capabilities: string[];
  noNewPrivileges: boolean;
  /** The error code of a write, by folder; "written" if it succeeded. */
  writes: Record<string, string>;
  memoryLimitBytes: number;
  heapLimitBytes: number;
}

const FIND_MAIN = `
const fs = require('node:fs');
const read = (path) => fs.readFileSync(path, 'utf8');
const main = fs.readdirSync('/proc').find((pid) => {
  try {
    return /^\\d+$/.test(pid) && read('/proc/' + pid + '/cmdline') === 'node\\0dist/main.js\\0';
  } catch {}
});`;

/** Like a crash. Only an init process, as the first of its container, cannot be killed from inside. */
export const KILL_MAIN_PROCESS = `${FIND_MAIN}
process.kill(Number(main), 'SIGKILL');
console.log(main);`;

export const INSPECT_MAIN_PROCESS = `${FIND_MAIN}
const status = read('/proc/' + main + '/status');
const attempt = (folder) => {
  try {
    fs.writeFileSync(folder + '/attempt', '');
    return 'written';
  } catch (error) {
    return error.code;
  }
};
console.log(JSON.stringify({
  uid: Number(/^Uid:\\s+(\\d+)/m.exec(status)[1]),
  capabilities: [...status.matchAll(/^Cap\\w+:\\s+(\\w+)/gm)].map(([, mask]) => mask),
  noNewPrivileges: /^NoNewPrivs:\\s+1/m.test(status),
  writes: Object.fromEntries(['/', '/app', '/app/dist', '/home/node', '/etc', '/usr/local/bin'].map((folder) => [folder, attempt(folder)])),
  memoryLimitBytes: process.constrainedMemory(),
  heapLimitBytes: require('node:v8').getHeapStatistics().heap_size_limit,
}));`;
