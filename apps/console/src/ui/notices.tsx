import { useTexts } from '../locale/language.ts';
import { createStore, useStore } from './create-store.ts';

interface Notice {
  id: number;
  kind: 'done' | 'failed';
  text: string;
}

const SHOWN_MS = 5_000;
const MAX_NOTICES = 4;

const notices = createStore<Notice[]>([]);
let lastId = 0;

const dismiss = (id: number) => notices.set(notices.get().filter((notice) => notice.id !== id));

/** Shows a success for a few seconds. */
export function announce(text: string): void {
  const id = add('done', text);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Shows a failure until the user dismisses it. */
export const announceFailure = (text: string): void => void add('failed', text);

function add(kind: Notice['kind'], text: string): number {
  const others = notices.get().filter((notice) => notice.text !== text);
  lastId += 1;
  notices.set([...others, { id: lastId, kind, text }].slice(-MAX_NOTICES));
  return lastId;
}

export function Notices() {
  const texts = useTexts();
  const shown = useStore(notices);
  return (
    <div className="notices">
      <div role="status">
        {shown
          .filter(({ kind }) => kind === 'done')
          .map((notice) => (
            <div key={notice.id} className="notice">
              <span>{notice.text}</span>
            </div>
          ))}
      </div>
      <div role="alert">
        {shown
          .filter(({ kind }) => kind === 'failed')
          .map((notice) => (
            <div key={notice.id} className="notice notice-failed">
              <span>{notice.text}</span>
              <button type="button" className="button button-quiet" onClick={() => dismiss(notice.id)}>
                {texts.common.close}
              </button>
            </div>
          ))}
      </div>
    </div>
  );
}
