import type { Delivery, DeliveryCount, Recipient, RecipientTest } from '@incidents/contracts';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { language, useTexts } from '../locale/language.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { get, request } from '../service/request.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { useStore } from '../ui/create-store.ts';
import { describeError } from '../ui/describe-error.ts';
import { announce, announceFailure } from '../ui/notices.tsx';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Table } from '../ui/table.tsx';
import { formatTime, Time } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import './recipients.css';

type Target = Pick<Recipient, 'channel' | 'recipient'> | undefined;

const toQuery = (target: Target) =>
  target ? `?${new URLSearchParams({ channel: target.channel, recipient: target.recipient })}` : '';

export default function RecipientsPage() {
  const texts = useTexts();
  const recipients = useQuery({
    queryKey: ['recipients'],
    queryFn: ({ signal }) => get<Recipient[]>('/recipients', { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  const test = useTest();
  const canTest = useIsPermitted('admin');
  return (
    <Page
      title={texts.recipients.title}
      actions={
        canTest && (
          <button
            type="button"
            className="button"
            disabled={test.isPending}
            onClick={() => test.mutate(undefined)}
          >
            {texts.recipients.testAll}
          </button>
        )
      }
    >
      <QueryState query={recipients}>
        {(data) =>
          data.length === 0 ? (
            <p className="panel muted">{texts.recipients.none}</p>
          ) : (
            <ul className="recipients">
              {data.map((recipient) => (
                <RecipientEntry
                  key={`${recipient.channel} ${recipient.recipient}`}
                  recipient={recipient}
                  test={test}
                />
              ))}
            </ul>
          )
        }
      </QueryState>
      <FailedDeliveries />
    </Page>
  );
}

function useTest() {
  const texts = useTexts();
  return useMutation({
    mutationFn(target: Target) {
      announce(texts.recipients.testing);
      return request<RecipientTest[]>('POST', `/recipients/test${toQuery(target)}`);
    },
    onSuccess({ body }) {
      if (body.length === 0) announce(texts.recipients.testNone);
      for (const { recipient, ok, detail } of body) {
        if (ok) announce(texts.recipients.testOk(recipient, detail));
        else announceFailure(texts.recipients.testFailed(recipient, detail));
      }
    },
    onError: (error) => announceFailure(describeError(error, texts)),
  });
}

/** Sends the failed messages of the target again, or all if there is none. */
function RetryAllButton(props: { target: Target; question: string }) {
  const { target, question } = props;
  const texts = useTexts();
  const retry = useAction({
    act: () => request<DeliveryCount>('POST', `/deliveries/failed/retry${toQuery(target)}`),
    describe: ({ body }) => texts.recipients.retried(body.deliveries),
    lists: ['recipients', 'deliveries'],
  });
  return (
    <ConfirmButton
      className="button button-small"
      confirmation={{
        title: question,
        text: texts.recipients.retryAllHint,
        action: texts.incident.retryDelivery,
        isDestructive: false,
        onConfirm: () => retry.mutate(undefined),
      }}
    >
      {texts.recipients.retryAll}
    </ConfirmButton>
  );
}

function RecipientEntry(props: { recipient: Recipient; test: ReturnType<typeof useTest> }) {
  const { recipient, test } = props;
  const texts = useTexts();
  const locale = useStore(language);
  const canTest = useIsPermitted('admin');
  const canRetry = useIsPermitted('jobs:write');
  const { channel, pending, sending, failed, last_error, last_error_at, last_success_at, sources } =
    recipient;
  return (
    <li className="panel recipient">
      <div className="recipient-head">
        <h2>{recipient.recipient}</h2>
        <span className="badge">{texts.recipients.channels[channel] ?? channel}</span>
        <State recipient={recipient} />
        <div className="actions">
          {failed > 0 && canRetry && (
            <RetryAllButton target={recipient} question={texts.recipients.retrySure(failed)} />
          )}
          {recipient.configured && canTest && (
            <button
              type="button"
              className="button button-small"
              aria-label={`${texts.recipients.test}: ${recipient.recipient}`}
              disabled={test.isPending}
              onClick={() => test.mutate(recipient)}
            >
              {texts.recipients.test}
            </button>
          )}
        </div>
      </div>
      <dl className="facts">
        <div>
          <dt>{texts.recipients.waiting}</dt>
          <dd>{(pending + sending).toLocaleString(locale)}</dd>
        </div>
        <div>
          <dt>{texts.recipients.failed}</dt>
          <dd className={failed > 0 ? 'is-bad' : ''}>{failed.toLocaleString(locale)}</dd>
        </div>
        <div>
          <dt>{texts.recipients.lastSuccess}</dt>
          <dd>{last_success_at === null ? texts.common.never : <Time at={last_success_at} />}</dd>
        </div>
        {sources !== null && (
          <div>
            <dt>{texts.fields.source}</dt>
            <dd>{sources.join(', ')}</dd>
          </div>
        )}
      </dl>
      {last_error !== null && (
        <p className="error-text">
          {last_error_at !== null && <Time at={last_error_at} />}: {last_error}
        </p>
      )}
    </li>
  );
}

function State({ recipient }: { recipient: Recipient }) {
  const texts = useTexts();
  const locale = useStore(language);
  const { configured, transport, closed_until, failing_since, last_success_at } = recipient;
  if (!configured) return <span className="badge badge-warning">{texts.recipients.notConfigured}</span>;
  if (failing_since !== null)
    return (
      <span className="badge badge-bad">{texts.recipients.failing(formatTime(failing_since, locale))}</span>
    );
  if (closed_until !== null)
    return (
      <span className="badge badge-warning">{texts.recipients.paused(formatTime(closed_until, locale))}</span>
    );
  if (transport === 'log') return <span className="badge badge-info">{texts.recipients.logOnly}</span>;
  if (last_success_at === null) return <span className="badge">{texts.recipients.unknown}</span>;
  return <span className="badge badge-good">{texts.recipients.works}</span>;
}

function FailedDeliveries() {
  const texts = useTexts();
  const deliveries = useQuery({
    queryKey: ['deliveries'],
    queryFn: ({ signal }) => get<Delivery[]>('/deliveries?state=failed&limit=100', { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  const retry = useAction({
    act: (id: number) => request('POST', `/deliveries/${id}/retry`),
    describe: () => texts.recipients.retried(1),
    lists: ['recipients', 'deliveries'],
  });
  const canRetry = useIsPermitted('jobs:write');
  return (
    <section className="panel">
      <div className="panel-header">
        <h2>{texts.recipients.failedDeliveries}</h2>
        {canRetry && deliveries.data !== undefined && deliveries.data.length > 0 && (
          <RetryAllButton target={undefined} question={texts.recipients.retryAllSure} />
        )}
      </div>
      <QueryState query={deliveries}>
        {(data) =>
          data.length === 0 ? (
            <p className="muted">{texts.recipients.noFailed}</p>
          ) : (
            <Table
              columns={[
                texts.recipients.recipient,
                texts.recipients.incident,
                texts.recipients.when,
                texts.recipients.error,
              ]}
              hasActions
            >
              {data.map(({ id, recipient, incident_id, updated_at, last_error }) => (
                <tr key={id}>
                  <th scope="row">{recipient}</th>
                  <td>
                    <Link href={`/incidents/${incident_id}`}>{texts.incident.number(incident_id)}</Link>
                  </td>
                  <td>
                    <Time at={updated_at} />
                  </td>
                  <td className="error-text">{last_error}</td>
                  <td>
                    {canRetry && (
                      <button type="button" className="button button-small" onClick={() => retry.mutate(id)}>
                        {texts.incident.retryDelivery}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </QueryState>
    </section>
  );
}
