import { Agent, get } from 'node:http';

const CLIENTS = 250;
const REQUESTS = 40_000;

/** Reads one page again and again. Afterwards V8's young generation has the size that it takes under any load. */
export async function sendOrdinaryLoad(url: string, headers: Record<string, string>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const read = () =>
    new Promise<void>((resolve, reject) => {
      get(`${url}/incidents/?limit=20`, { agent, headers }, (reply) => {
        reply.on('error', reject).on('end', resolve).resume();
      }).on('error', reject);
    });
  let left = REQUESTS;
  const readInTurn = async () => {
    while (left-- > 0) await read();
  };
  await Promise.all(Array.from({ length: CLIENTS }, readInTurn));
  agent.destroy();
}
