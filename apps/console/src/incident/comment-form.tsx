import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../locale/language.ts';
import { createIdempotencyKeys } from '../service/idempotency-keys.ts';
import { request } from '../service/request.ts';
import { describeError } from '../ui/describe-error.ts';

/** The text stays until the service has stored it. */
export function CommentForm({ id }: { id: number }) {
  const texts = useTexts();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  const [headersFor, setHeadersFor] = useState(() => createIdempotencyKeys());

  async function send() {
    setSending(true);
    setError(undefined);
    try {
      const json = { text };
      await request('POST', `/incidents/${id}/comments`, { json, headers: headersFor(json) });
      setText('');
      // An equal comment may follow later.
      setHeadersFor(() => createIdempotencyKeys());
      await client.invalidateQueries({ queryKey: ['incident', id] });
    } catch (failure) {
      setError(describeError(failure, texts));
    } finally {
      setSending(false);
    }
  }

  return (
    <form
      className="comment-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') void send();
      }}
    >
      <label className="field">
        <span>{texts.incident.addComment}</span>
        <textarea
          rows={3}
          value={text}
          placeholder={texts.incident.commentPlaceholder}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
              event.currentTarget.form?.requestSubmit();
          }}
        />
      </label>
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <div className="actions actions-end">
        <button type="submit" className="button button-primary" disabled={isSending || text.trim() === ''}>
          {texts.incident.send}
        </button>
      </div>
    </form>
  );
}
