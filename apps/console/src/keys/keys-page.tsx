import type { ApiKey, CreatedApiKey } from '@incidents/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../locale/language.ts';
import { get, request } from '../service/request.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Table } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { CreateKeyDialog } from './create-key-dialog.tsx';

export default function KeysPage() {
  const texts = useTexts();
  const [isCreating, setCreating] = useState(false);
  const keys = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => get<ApiKey[]>('/keys', { signal }),
  });
  return (
    <Page
      title={texts.keys.title}
      actions={
        <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
          {texts.keys.create}
        </button>
      }
    >
      <p className="muted">{texts.keys.hint}</p>
      <QueryState query={keys}>{(data) => <KeyTable keys={data} />}</QueryState>
      {isCreating && <CreateKeyDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function KeyTable({ keys }: { keys: ApiKey[] }) {
  const texts = useTexts();
  const revoke = useAction({
    act: ({ id }: ApiKey) => request<CreatedApiKey>('DELETE', `/keys/${id}`),
    describe: () => texts.keys.revoked,
    lists: ['keys'],
  });
  if (keys.length === 0) return <p className="panel muted">{texts.keys.none}</p>;
  return (
    <section className="panel">
      <Table
        columns={[
          texts.keys.name,
          texts.keys.prefix,
          texts.keys.scopes,
          texts.keys.lastUsedAt,
          texts.keys.expiresAt,
          texts.keys.state,
        ]}
        hasActions
      >
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row">{key.name}</th>
            <td className="mono">{key.prefix}…</td>
            <td>
              <ul className="labels">
                {key.scopes.map((scope) => (
                  <li key={scope} className="badge">
                    {scope}
                  </li>
                ))}
              </ul>
            </td>
            <td>{key.last_used_at === null ? texts.common.never : <Time at={key.last_used_at} />}</td>
            <td>{key.expires_at === null ? texts.keys.noExpiry : <Time at={key.expires_at} />}</td>
            <td>
              <KeyState apiKey={key} />
            </td>
            <td>
              {key.revoked_at === null && (
                <ConfirmButton
                  className="button button-small"
                  label={`${texts.keys.revoke}: ${key.name}`}
                  confirmation={{
                    title: texts.keys.revokeSure(key.name),
                    text: texts.keys.revokeWarning,
                    action: texts.keys.revoke,
                    isDestructive: true,
                    onConfirm: () => revoke.mutate(key),
                  }}
                >
                  {texts.keys.revoke}
                </ConfirmButton>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function KeyState({ apiKey: { revoked_at, expires_at } }: { apiKey: ApiKey }) {
  const texts = useTexts();
  if (revoked_at !== null) return <span className="badge badge-bad">{texts.keys.revoked}</span>;
  if (expires_at !== null && Date.parse(expires_at) <= Date.now())
    return <span className="badge badge-warning">{texts.keys.expired}</span>;
  return <span className="badge badge-good">{texts.keys.active}</span>;
}
