import type { Delivery } from '@incidents/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTexts } from '../locale/language.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { get, request } from '../service/request.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { describeError } from '../ui/describe-error.ts';
import { announce, announceFailure } from '../ui/notices.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Time } from '../ui/time.tsx';

const BADGES: Record<string, string> = { sent: 'badge-good', failed: 'badge-bad', sending: 'badge-info' };

export function Deliveries({ id }: { id: number }) {
  const texts = useTexts();
  const query = useQuery({
    queryKey: ['incident', id, 'deliveries'],
    queryFn: ({ signal }) => get<Delivery[]>(`/incidents/${id}/deliveries?limit=100`, { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  return (
    <QueryState query={query}>
      {(deliveries) =>
        deliveries.length === 0 ? (
          <p className="muted">{texts.incident.noDeliveries}</p>
        ) : (
          <ul className="deliveries">
            {deliveries.map((delivery) => (
              <DeliveryEntry key={delivery.id} delivery={delivery} />
            ))}
          </ul>
        )
      }
    </QueryState>
  );
}

function DeliveryEntry({ delivery }: { delivery: Delivery }) {
  const texts = useTexts();
  const client = useQueryClient();
  const canRetry = useIsPermitted('jobs:write');
  const { id, channel, recipient, state, attempts, last_error, next_attempt_at, updated_at, sent_at } =
    delivery;
  const retry = useMutation({
    mutationFn: () => request('POST', `/deliveries/${id}/retry`),
    onSuccess: () => announce(texts.incident.retried),
    onError: (error) => announceFailure(describeError(error, texts)),
    onSettled: () => client.invalidateQueries({ queryKey: ['incident', delivery.incident_id] }),
  });
  return (
    <li>
      <div className="delivery-head">
        <span className={`badge ${BADGES[state] ?? ''}`}>
          {texts.incident.deliveryStates[state] ?? state}
        </span>
        <span className="delivery-recipient">
          {texts.recipients.channels[channel] ?? channel} · {recipient}
        </span>
        {state === 'failed' && canRetry && (
          <button
            type="button"
            className="button button-small"
            disabled={retry.isPending}
            onClick={() => retry.mutate()}
          >
            {texts.incident.retryDelivery}
          </button>
        )}
      </div>
      <p className="muted">
        <Time at={sent_at ?? updated_at} />
        {attempts > 1 && ` · ${texts.incident.attempts(attempts)}`}
        {next_attempt_at !== null && state === 'pending' && (
          <>
            {' · '}
            {texts.incident.nextAttempt} <Time at={next_attempt_at} />
          </>
        )}
      </p>
      {last_error !== null && <p className="delivery-error">{last_error}</p>}
    </li>
  );
}
