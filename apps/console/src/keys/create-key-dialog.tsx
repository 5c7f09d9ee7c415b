import type { CreatedApiKey, Scope } from '@incidents/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../locale/language.ts';
import { request } from '../service/request.ts';
import { describeError } from '../ui/describe-error.ts';
import { Dialog } from '../ui/dialog.tsx';
import './keys.css';

const SCOPES: Scope[] = ['incidents:read', 'incidents:write', 'jobs:read', 'jobs:write', 'admin'];

export function CreateKeyDialog({ onClose }: { onClose(): void }) {
  const texts = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['incidents:read', 'incidents:write']);
  const [expiresOn, setExpiresOn] = useState('');
  const [error, setError] = useState<string>();
  const [created, setCreated] = useState<CreatedApiKey>();

  async function create() {
    setError(undefined);
    try {
      const { body } = await request<CreatedApiKey>('POST', '/keys', {
        json: { name, scopes, ...(expiresOn !== '' && { expires_at: `${expiresOn}T23:59:59Z` }) },
      });
      setCreated(body);
      await client.invalidateQueries({ queryKey: ['keys'] });
    } catch (failure) {
      setError(describeError(failure, texts));
    }
  }

  if (created) return <CreatedKey created={created} onClose={onClose} />;
  return (
    <Dialog title={texts.keys.create} onClose={onClose}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <label className="field">
          <span>{texts.keys.name}</span>
          <input value={name} onChange={(event) => setName(event.currentTarget.value)} />
        </label>
        <fieldset className="scopes">
          <legend>{texts.keys.scopes}</legend>
          {SCOPES.map((scope) => (
            <label key={scope}>
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(
                    event.currentTarget.checked
                      ? [...scopes, scope]
                      : scopes.filter((other) => other !== scope),
                  )
                }
              />
              <span>
                <span className="mono">{scope}</span>
                <span className="field-hint">{texts.keys.scopeTexts[scope]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <label className="field">
          <span>
            {texts.keys.expiresAt} · {texts.report.optional.toLowerCase()}
          </span>
          <input
            type="date"
            value={expiresOn}
            onChange={(event) => setExpiresOn(event.currentTarget.value)}
          />
        </label>
        {error !== undefined && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        <div className="actions actions-end">
          <button type="button" className="button" onClick={onClose}>
            {texts.common.cancel}
          </button>
          <button type="submit" className="button button-primary">
            {texts.keys.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function CreatedKey({ created, onClose }: { created: CreatedApiKey; onClose(): void }) {
  const texts = useTexts();
  const [isCopied, setCopied] = useState(false);
  return (
    <Dialog title={created.name} onClose={onClose}>
      <p>{texts.keys.created}</p>
      <pre className="code">{created.key}</pre>
      <div className="actions actions-end">
        {/* Browsers offer the clipboard on HTTPS and loopback alone. */}
        {navigator.clipboard && (
          <button
            type="button"
            className="button"
            onClick={() => void navigator.clipboard.writeText(created.key).then(() => setCopied(true))}
          >
            {isCopied ? texts.keys.copied : texts.keys.copy}
          </button>
        )}
        <button type="button" className="button button-primary" onClick={onClose}>
          {texts.keys.done}
        </button>
      </div>
    </Dialog>
  );
}
