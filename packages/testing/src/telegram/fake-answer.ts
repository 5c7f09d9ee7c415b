export type FakeAnswer =
  | { kind: 'ok' }
  | { kind: 'flood'; retryAfter: number }
  /** A failure of the Bot API, in JSON. */
  | { kind: 'server-error' }
  /** A failure of a proxy, in HTML. */
  | { kind: 'bad-gateway' }
  | { kind: 'hang' }
  | { kind: 'reset' }
  | { kind: 'migrated'; to: number }
  | { kind: 'json'; status: number; body: unknown }
  | { kind: 'refuse'; code: number; description: string };

export interface FakeStep {
  answer: FakeAnswer;
  chat?: string;
  /** The number of calls; 1 unless given. */
  times?: number;
}

export const refusals = {
  forbidden: { kind: 'refuse', code: 403, description: 'Forbidden: bot was blocked by the user' },
  kicked: { kind: 'refuse', code: 403, description: 'Forbidden: bot was kicked from the supergroup chat' },
  deactivated: { kind: 'refuse', code: 403, description: 'Forbidden: user is deactivated' },
  chatNotFound: { kind: 'refuse', code: 400, description: 'Bad Request: chat not found' },
  topicNotFound: { kind: 'refuse', code: 400, description: 'Bad Request: message thread not found' },
  parseError: {
    kind: 'refuse',
    code: 400,
    description: `Bad Request: can't parse entities: Unsupported start tag "blockquote" at byte offset 42`,
  },
  notModified: {
    kind: 'refuse',
    code: 400,
    description:
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  },
  editNotFound: { kind: 'refuse', code: 400, description: 'Bad Request: message to edit not found' },
  cannotEdit: { kind: 'refuse', code: 400, description: "Bad Request: message can't be edited" },
  unauthorized: { kind: 'refuse', code: 401, description: 'Unauthorized' },
  notFound: { kind: 'refuse', code: 404, description: 'Not Found' },
} satisfies Record<string, FakeAnswer>;
