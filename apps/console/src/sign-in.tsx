import { useState } from 'react';
import { useTexts } from './locale/language.ts';
import { Preferences } from './preferences.tsx';
import { queryClient } from './service/query-client.ts';
import { ProblemError } from './service/request.ts';
import { signIn } from './service/session.ts';
import { describeError } from './ui/describe-error.ts';
import { BrandMark } from './ui/icon.tsx';
import './sign-in.css';

export function SignIn() {
  const texts = useTexts();
  const [key, setKey] = useState('');
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);

  async function send() {
    setSending(true);
    setError(undefined);
    queryClient.clear();
    try {
      await signIn(key.trim());
    } catch (failure) {
      const isRefused = failure instanceof ProblemError && failure.problem.status === 401;
      setError(isRefused ? texts.signIn.refused : describeError(failure, texts));
      setSending(false);
    }
  }

  return (
    <main className="sign-in">
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== '') void send();
        }}
      >
        <h1 className="brand">
          <BrandMark /> {texts.product}
        </h1>
        <p className="muted">{texts.signIn.hint}</p>
        <label className="field">
          <span>{texts.signIn.key}</span>
          <input
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            value={key}
            aria-invalid={error !== undefined}
            aria-describedby={error === undefined ? undefined : 'key-error'}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        {error !== undefined && (
          <p id="key-error" className="field-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" className="button button-primary" disabled={isSending}>
          {texts.signIn.submit}
        </button>
      </form>
      <div className="preferences">
        <Preferences />
      </div>
    </main>
  );
}
