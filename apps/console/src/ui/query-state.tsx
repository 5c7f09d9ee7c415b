import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../locale/language.ts';
import { isNotFound } from '../service/request.ts';
import { describeError } from './describe-error.ts';

interface Query<Data> {
  data: Data | undefined;
  error: unknown;
  refetch(): unknown;
}

/** Shows data, or that it is loading, or why it could not be loaded. Data stays while refreshes fail, but not after a 404. */
export function QueryState<Data>(props: { query: Query<Data>; children(data: Data): ReactNode }) {
  const { query, children } = props;
  const texts = useTexts();
  if (query.data !== undefined && !isNotFound(query.error)) return children(query.data);
  if (query.error) return <LoadFailure error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <p className="state" role="status">
      {texts.common.loading}
    </p>
  );
}

export function LoadFailure({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const texts = useTexts();
  return (
    <div className="state" role="alert">
      <strong>{texts.common.failed}</strong>
      <p>{describeError(error, texts)}</p>
      {isNotFound(error) ? (
        <Link href="/" className="button">
          {texts.common.toBoard}
        </Link>
      ) : (
        <button type="button" className="button" onClick={onRetry}>
          {texts.common.retry}
        </button>
      )}
    </div>
  );
}
