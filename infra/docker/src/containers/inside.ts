/** What the main process of a container may do, as /proc and its own attempts tell. */
export interface Inside {
  uid: number;
  /** Of the lines Cap… of /proc/PID/status: inheritable, permitted, effective, bounding, ambient. */
  capabilities: string[];
  noNewPrivileges: boolean;
  /** The error of an attempt to write there, by path; "written" where it succeeded. */
  writes: Record<string, string>;
  /** Bytes */
  memoryLimit: number;
  heapLimit: number;
}

const FIND_MAIN = `
const fs = require('node:fs');
const read = (path) => fs.readFileSync(path, 'utf8');
const main = fs.readdirSync('/proc').find((pid) => {
  try {
    return /^\\d+$/.test(pid) && read('/proc/' + pid + '/cmdline') === 'node\\0dist/main.js\\0';
  } catch {}
});`;

/** Ends the main process as a crash does: the first process of a container cannot be killed from inside. */
export const KILL_MAIN = `${FIND_MAIN}
process.kill(Number(main), 'SIGKILL');
console.log(main);`;

/** Prints an `Inside`. */
export const LOOK_AROUND = `${FIND_MAIN}
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
  memoryLimit: process.constrainedMemory(),
  heapLimit: require('node:v8').getHeapStatistics().heap_size_limit,
}));`;
