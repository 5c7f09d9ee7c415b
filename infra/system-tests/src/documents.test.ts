import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '@incidents/local/find-program';
import { root } from '@incidents/local/paths';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { beforeAll, describe, expect, test } from 'vitest';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

// The console sessions of the documents, in their order, against one API and worker on an empty database.
const execute = promisify(execFile);

interface Example {
  command: string;
  reply: string;
}

const readExamples = (file: string): Example[] =>
  Array.from(
    readFileSync(join(root, file), 'utf8').matchAll(/^```console\n([\s\S]*?)^```/gm),
    ([, block]) => block,
  )
    .flatMap((block = '') => block.split(/^\$ /m).slice(1))
    .map((text) => {
      const [, command = '', reply = ''] = /^((?:.*\\\n)*.*)\n([\s\S]*)$/.exec(text) ?? [];
      return { command, reply: reply.trim() };
    });

/** Commands with a key belong to another session, which creates it. */
const isTested = ({ command }: Example) =>
  command.startsWith('curl ') && !/Authorization|"key"/.test(command);

/** The reply as a pattern: `…`, times, ids, counts of runs, the last task and names of processes vary. */
function toPattern(reply: string): RegExp {
  const escaped = reply.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = escaped
    .replaceAll(/\s*…\s*/g, '[\\s\\S]*')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+\\\.\d+Z/g, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z')
    .replaceAll(/"(id|incident_id|runs)":\d+/g, '"$1":\\d+')
    .replaceAll(/"task":"\w+"/g, '"task":"\\w+"')
    .replaceAll(/"host:\d+"/g, '"[^"]+:\\d+"');
  return new RegExp(`^${pattern}$`);
}

const database = useTestDatabase();
const start = useServiceProcesses();
let port = 0;
beforeAll(async () => {
  port = await findFreePort();
  start('api', { DATABASE_URL: database.url, PORT: String(port) });
  start('worker', { DATABASE_URL: database.url });
  await waitUntilReady(`http://127.0.0.1:${port}`);
});

async function run(command: string): Promise<string> {
  const { stdout } = await execute('sh', ['-c', command.replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`)]);
  return stdout.trim();
}

/** Ids of jobs differ from run to run: the document says that the id is one of the list above. */
async function withKnownJob(command: string): Promise<string> {
  if (!/\/jobs\/\d+/.test(command)) return command;
  const [job] = JSON.parse(await run("curl 'http://127.0.0.1:8000/jobs?state=done&limit=1'"));
  return command.replace(/\/jobs\/\d+/, `/jobs/${job.id}`);
}

describe.skipIf(findProgram(['curl']) === undefined).each(['README.md', 'docs/guide.md'])('%s', (file) => {
  const examples = readExamples(file).filter(isTested);

  test('has examples', () => expect(examples.length).toBeGreaterThan(0));

  test.each(examples)('$command', async ({ command, reply }) => {
    const pattern = toPattern(reply);
    // A read is repeated, as jobs follow within a moment.
    if (command.includes('-X ')) expect(await run(command)).toMatch(pattern);
    else
      await eventually(async () => expect(await run(await withKnownJob(command))).toMatch(pattern), 10_000);
  });
});
