import { Incident, IncidentList } from '@incidents/contracts';

export interface OwnReads {
  reads: number;
  /** Reads that did not show the write before them. */
  missedWrites: string[];
}

export async function readOwnWrites(urls: [string, string], writes: number): Promise<OwnReads> {
  const seen: OwnReads = { reads: 0, missedWrites: [] };
  let id = await write(urls[0], 0);
  for (let turn = 1; turn <= writes; turn++) {
    const [writer, other] = turn % 2 === 0 ? urls : urls.toReversed();
    id = await write(writer ?? '', turn, turn % 10 === 0 ? undefined : id);
    for (const reader of [other, writer]) {
      const one = Incident.parse(await read(`${reader}/incidents/${id}`));
      const list = IncidentList.parse(await read(`${reader}/incidents/?limit=5`));
      seen.reads += 2;
      if (one.text !== getText(turn)) seen.missedWrites.push(`turn ${turn}: incident ${id} is “${one.text}”`);
      if (list[0]?.text !== getText(turn))
        seen.missedWrites.push(`turn ${turn}: the list begins with “${list[0]?.text}”`);
    }
  }
  return seen;
}

const getText = (turn: number) => `ход ${turn}`;

async function write(api: string, turn: number, id?: number): Promise<number> {
  const [method, path] = id === undefined ? ['POST', '/incidents/'] : ['PATCH', `/incidents/${id}`];
  const reply = await fetch(`${api}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      text: getText(turn),
      ...(id === undefined && { description: 'd', source: 'operator' }),
    }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return Incident.parse(await reply.json()).id;
}

async function read(url: string): Promise<unknown> {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`GET ${url}: ${reply.status}`);
  return reply.json();
}
