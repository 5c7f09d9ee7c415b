import { useState } from 'react';
import { useTexts } from './locale/language.ts';
import { apiKey, signIn } from './service/session.ts';
import { useStore } from './ui/create-store.ts';

export function SignIn() {
  const texts = useTexts();
  const refused = useStore(apiKey);
  const [key, setKey] = useState('');
  return (
    <main className="sign-in">
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== '') signIn(key.trim());
        }}
      >
        <h1>{texts.product}</h1>
        <p className="muted">{texts.signIn.hint}</p>
        <label className="field">
          <span>{texts.signIn.key}</span>
          <input
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            value={key}
            aria-invalid={refused !== undefined}
            aria-describedby={refused === undefined ? undefined : 'key-refused'}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          {refused !== undefined && (
            <span id="key-refused" className="field-error">
              {texts.signIn.refused}
            </span>
          )}
        </label>
        <button type="submit" className="button button-primary">
          {texts.signIn.submit}
        </button>
      </form>
    </main>
  );
}
