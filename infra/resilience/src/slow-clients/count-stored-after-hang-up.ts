import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import type { Service } from '@incidents/testing/processes/prepare-service';
import { startExitGuard } from '@incidents/testing/processes/start-exit-guard';
import { buildIncident } from '../load/build-incident.ts';
import type { OwnPostgres } from '../postgres/own-postgres.ts';
import { connectGreedyClient } from './greedy-client.ts';

const CLIENT_TIMEOUT_MS = 500;

const report = (text: string) => JSON.stringify(buildIncident(text));

/** @returns the number of incidents that are stored although their clients hung up */
export async function countStoredAfterHangUp(
  cleanup: Cleanup,
  {
    api,
    postgres,
    clients,
    stopped,
  }: { api: Service; postgres: OwnPostgres; clients: number; stopped: number },
): Promise<number> {
  const { pid } = api.child;
  const guard = startExitGuard('kill -CONT "$1"', [String(pid)]);
  cleanup.add(() => guard.run());
  process.kill(pid, 'SIGSTOP');
  const body = Buffer.from(report('gone'));
  const head = `POST /incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const sends = Buffer.concat([Buffer.from(head), body]);
  const port = Number(new URL(api.url).port);
  const gone = Array.from({ length: clients }, () => connectGreedyClient(port, sends, 'at once'));
  await sleep(CLIENT_TIMEOUT_MS);
  for (const client of gone) client.giveUp();
  await sleep(stopped - CLIENT_TIMEOUT_MS);
  await guard.run();
  // The API accepts connections in their order, so these follow the others.
  for (const text of ['here', 'here too']) {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${api.url}/incidents`, { method: 'POST', headers, body: report(text) });
    if (reply.status !== 201) throw new Error(`after the standstill: ${reply.status}`);
  }
  const [stored] = await postgres.query<{ count: number }>(
    `select count(*)::int from incidents where text = 'gone'`,
  );
  return stored?.count ?? 0;
}
