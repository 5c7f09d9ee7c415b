import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { FakeAnswer, FakeStep } from './fake-answer.ts';
import { shownOf } from './fake-markup.ts';
import { SlidingWindows, type Window, type WindowLimits } from './sliding-windows.ts';

/** A received call. Times are milliseconds since the start of the server. */
export interface FakeCall {
  at: number;
  /** The time of the answer; undefined before. */
  ended?: number;
  method: string;
  chat: string;
  /** An edit has the topic of its message, which the call does not name. */
  topic?: number;
  messageId?: number;
  parseMode?: string;
  previewDisabled: boolean;
  text: string;
  /** The kind of a scripted answer, `ok`, or the description of an error. */
  answer: string;
}

export interface FakeOptions {
  /** 0, the default, stands for any free port. */
  port?: number;
  token?: string;
  limits?: WindowLimits;
  /** Answers 429 to a call above a limit, as Telegram does. Such calls are counted in any case. */
  enforce?: boolean;
  /** Milliseconds until the answer. */
  latency?: number;
  /** Called for each accepted call before its answer. */
  onTaken?: (call: FakeCall) => void;
}

export interface FakeStats {
  calls: number;
  messages: number;
  edits: number;
  /** New messages with the same text as another one in the chat. */
  duplicates: number;
  /** Concurrent calls about one incident in one chat. */
  overlaps: number;
  violations: Record<Window, number>;
  byAnswer: Record<string, number>;
}

export interface FakeBotApi {
  url: string;
  token: string;
  calls: FakeCall[];
  /** Adds steps to the script. Other calls get the answer of the Bot API. */
  script(...steps: FakeStep[]): void;
  stats(): FakeStats;
  shown(chat: string): Map<number, string>;
  reset(): void;
  close(): Promise<void>;
}

const TELEGRAM: WindowLimits = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };

/** Other processes use `GET /stats`, `GET /calls`, `POST /script` with an array of steps, `POST /reset`. */
export async function startFakeBotApi(options: FakeOptions = {}): Promise<FakeBotApi> {
  const token = options.token ?? '123456:secret-of-the-fake';
  const began = performance.now();
  const fresh = () => ({
    calls: [] as FakeCall[],
    steps: [] as FakeStep[],
    chats: new Map<string, Map<number, string>>(),
    topics: new Map<string, number>(),
    said: new Set<string>(),
    underWay: new Map<string, number>(),
    windows: new SlidingWindows(options.limits ?? TELEGRAM),
    edits: 0,
    duplicates: 0,
    overlaps: 0,
  });
  let state = fresh();

  const chatOf = (chat: string) => {
    const messages = state.chats.get(chat) ?? new Map<number, string>();
    state.chats.set(chat, messages);
    return messages;
  };

  const stats = (): FakeStats => {
    const byAnswer: Record<string, number> = {};
    for (const { answer } of state.calls) byAnswer[answer] = (byAnswer[answer] ?? 0) + 1;
    return {
      calls: state.calls.length,
      messages: [...state.chats.values()].reduce((sum, { size }) => sum + size, 0),
      edits: state.edits,
      duplicates: state.duplicates,
      overlaps: state.overlaps,
      violations: state.windows.violations,
      byAnswer,
    };
  };

  const nextAnswer = (chat: string): FakeAnswer | undefined => {
    const index = state.steps.findIndex((step) => step.chat === undefined || step.chat === chat);
    const step = state.steps[index];
    if (step === undefined) return undefined;
    const times = step.times ?? 1;
    if (times > 1) step.times = times - 1;
    else state.steps.splice(index, 1);
    return step.answer;
  };

  const carryOut = (call: FakeCall): Reply => {
    if (Buffer.byteLength(call.text) > 32_768) return refusal(400, 'Bad Request: Text is too long');
    const shown = call.parseMode === 'HTML' ? shownOf(call.text) : call.text;
    if (shown === undefined)
      return refusal(400, "Bad Request: can't parse entities: unbalanced or unknown tags");
    if (shown.trim() === '') return refusal(400, 'Bad Request: message text is empty');
    if (shown.length > 4096) return refusal(400, 'Bad Request: message is too long');
    const messages = chatOf(call.chat);
    if (call.method === 'editMessageText') {
      const before = messages.get(call.messageId ?? 0);
      if (before === undefined) return refusal(400, 'Bad Request: message to edit not found');
      if (before === shown) return refusal(400, 'Bad Request: message is not modified: exactly the same');
      messages.set(call.messageId ?? 0, shown);
      const topic = state.topics.get(`${call.chat} ${call.messageId}`);
      if (topic !== undefined) call.topic = topic;
      state.edits += 1;
      return success(call.messageId ?? 0, call.chat);
    }
    const saying = `${call.chat} ${shown}`;
    if (state.said.has(saying)) state.duplicates += 1;
    state.said.add(saying);
    const messageId = messages.size + 1;
    messages.set(messageId, shown);
    if (call.topic !== undefined) state.topics.set(`${call.chat} ${messageId}`, call.topic);
    return success(messageId, call.chat);
  };

  const answerBotApi = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const at = performance.now() - began;
    const body: unknown = JSON.parse((await readText(request)) || '{}');
    const [, given, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? [];
    if (method === 'getMe') {
      const me = { id: 1, is_bot: true, first_name: 'Fake', username: 'fake_bot' };
      const reply: Reply =
        given === token
          ? { kind: 'json', status: 200, body: { ok: true, result: me } }
          : refusal(401, 'Unauthorized');
      return sendReply(reply, request, response);
    }
    const call = toCall(at, method, body);
    state.calls.push(call);
    const broken = state.windows.arrive(call.chat, at);

    // The first number of a message is that of its incident.
    const subject = `${call.chat} ${/[№#](\d+)/.exec(call.text)?.[1] ?? call.at}`;
    const others = state.underWay.get(subject) ?? 0;
    if (others > 0) state.overlaps += 1;
    state.underWay.set(subject, others + 1);
    const { underWay } = state;
    response.on('close', () => {
      call.ended = performance.now() - began;
      underWay.set(subject, (underWay.get(subject) ?? 1) - 1);
    });

    const scripted = nextAnswer(call.chat);
    call.answer = scripted?.kind ?? 'ok';
    const reply = (): Reply => {
      if (given !== token) return refusal(401, 'Unauthorized');
      if (method !== 'sendMessage' && method !== 'editMessageText') return refusal(404, 'Not Found');
      if (scripted && scripted.kind !== 'ok') return scriptedReply(scripted);
      if (options.enforce && broken.length > 0) {
        return refusal(429, 'Too Many Requests: retry after 1', { retry_after: 1 });
      }
      return carryOut(call);
    };
    const answer = reply();
    if (answer.kind === 'json' && answer.description !== undefined) call.answer = answer.description;
    if (call.answer === 'ok') options.onTaken?.(call);
    const send = () => sendReply(answer, request, response);
    if (options.latency) setTimeout(send, options.latency);
    else send();
  };

  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const handle = async () => {
      if (path.startsWith('/bot')) return answerBotApi(request, response, path);
      if (path === '/stats') return sendJson(response, 200, stats());
      if (path === '/calls') return sendJson(response, 200, state.calls);
      if (path === '/script') {
        const steps: FakeStep[] = JSON.parse(await readText(request));
        state.steps.push(...steps);
        return sendJson(response, 200, { ok: true });
      }
      if (path === '/reset') {
        state = fresh();
        return sendJson(response, 200, { ok: true });
      }
      return sendJson(response, 404, { ok: false });
    };
    handle().catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    get calls() {
      return state.calls;
    },
    script: (...steps) => {
      state.steps.push(...steps);
    },
    stats,
    shown: (chat) => chatOf(chat),
    reset: () => {
      state = fresh();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Reply =
  | { kind: 'json'; status: number; body: unknown; description?: string }
  | { kind: 'html' }
  | { kind: 'silence' }
  | { kind: 'reset' };

const success = (messageId: number, chat: string): Reply => ({
  kind: 'json',
  status: 200,
  body: {
    ok: true,
    result: { message_id: messageId, date: 0, chat: { id: Number(chat) || -1, type: 'private' } },
  },
});

const refusal = (status: number, description: string, parameters?: Record<string, number>): Reply => ({
  kind: 'json',
  status,
  description,
  body: { ok: false, error_code: status, description, ...(parameters && { parameters }) },
});

function scriptedReply(answer: Exclude<FakeAnswer, { kind: 'ok' }>): Reply {
  switch (answer.kind) {
    case 'flood':
      return refusal(429, `Too Many Requests: retry after ${answer.retryAfter}`, {
        retry_after: answer.retryAfter,
      });
    case 'server-error':
      return refusal(500, 'Internal Server Error');
    case 'bad-gateway':
      return { kind: 'html' };
    case 'hang':
      return { kind: 'silence' };
    case 'reset':
      return { kind: 'reset' };
    case 'migrated':
      return refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
        migrate_to_chat_id: answer.to,
      });
    case 'json':
      return { kind: 'json', status: answer.status, body: answer.body };
    case 'refuse':
      return refusal(answer.code, answer.description);
  }
}

function sendReply(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  switch (reply.kind) {
    case 'json':
      sendJson(response, reply.status, reply.body);
      break;
    case 'html':
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
      break;
    case 'reset':
      request.socket.resetAndDestroy();
      break;
    case 'silence':
      break;
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function toCall(at: number, method: string, body: unknown): FakeCall {
  const {
    chat_id,
    message_thread_id: topic,
    message_id: messageId,
    parse_mode: parseMode,
    link_preview_options,
    text = '',
  } = body as {
    chat_id?: number | string;
    message_thread_id?: number;
    message_id?: number;
    parse_mode?: string;
    link_preview_options?: { is_disabled?: boolean };
    text?: string;
  };
  return {
    at,
    method,
    chat: String(chat_id),
    ...(topic !== undefined && { topic }),
    ...(messageId !== undefined && { messageId }),
    ...(parseMode !== undefined && { parseMode }),
    previewDisabled: link_preview_options?.is_disabled === true,
    text,
    answer: 'ok',
  };
}
