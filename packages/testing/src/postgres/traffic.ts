import { type Conversation, type CutOffProxy, messageEnds } from './cut-off-proxy.ts';

export interface Traffic {
  statements: string[];
  roundTrips: number;
  bytesToServer: number;
  bytesToClient: number;
}

export async function measureTraffic(proxy: CutOffProxy, work: () => Promise<unknown>): Promise<Traffic> {
  const before = proxy.conversations.map((conversation) => ({ ...conversation }));
  await work();
  const total: Traffic = { statements: [], roundTrips: 0, bytesToServer: 0, bytesToClient: 0 };
  for (const [index, conversation] of proxy.conversations.entries()) {
    const bytesBefore = before[index]?.['to the server'].length ?? 0;
    total.statements.push(...executedStatements(conversation, bytesBefore));
    total.roundTrips += conversation.roundTrips - (before[index]?.roundTrips ?? 0);
    total.bytesToServer += conversation['to the server'].length - bytesBefore;
    total.bytesToClient +=
      conversation['to the client'].length - (before[index]?.['to the client'].length ?? 0);
  }
  return total;
}

function executedStatements(conversation: Conversation, after: number): string[] {
  const bytes = conversation['to the server'];
  const prepared = new Map<string, string>();
  const executed: string[] = [];
  let bound = '';
  let begin = 0;
  for (const end of messageEnds(bytes, 'to the server')) {
    const fields = bytes.toString('utf8', begin + 5, end).split('\0');
    // The client's first message has no type; its first byte is 0.
    switch (String.fromCharCode(bytes[begin] ?? 0)) {
      case 'P':
        prepared.set(fields[0] ?? '', fields[1] ?? '');
        break;
      case 'B':
        bound = fields[1] ?? '';
        break;
      case 'E':
        if (begin >= after) executed.push(prepared.get(bound) ?? '');
        break;
      case 'Q':
        if (begin >= after) executed.push(fields[0] ?? '');
        break;
    }
    begin = end;
  }
  return executed;
}
