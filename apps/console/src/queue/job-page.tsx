import type { JobDetails } from '@incidents/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { language, useTexts } from '../locale/language.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { get, request } from '../service/request.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { useStore } from '../ui/create-store.ts';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Table } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';

export default function JobPage({ id }: { id: number }) {
  const texts = useTexts();
  const job = useQuery({
    queryKey: ['jobs', 'details', id],
    queryFn: ({ signal }) => get<JobDetails>(`/jobs/${id}`, { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  return (
    <Page title={texts.queue.job(id)} actions={job.data && <JobActions job={job.data} />}>
      <QueryState query={job}>{(data) => <Details job={data} />}</QueryState>
    </Page>
  );
}

function JobActions({ job: { id, state } }: { job: JobDetails }) {
  const texts = useTexts();
  const [, navigate] = useLocation();
  const canChange = useIsPermitted('jobs:write');
  const retry = useAction({
    act: () => request('POST', `/jobs/${id}/retry`),
    describe: () => texts.queue.retried(1),
    lists: ['queue', 'jobs'],
  });
  const remove = useAction({
    async act() {
      await request('DELETE', `/jobs/${id}`);
      navigate('/queue');
    },
    describe: () => texts.queue.removed(1),
    lists: ['queue'],
  });
  if (!canChange || state === 'running' || state === 'done') return null;
  return (
    <>
      <button type="button" className="button button-primary" onClick={() => retry.mutate(undefined)}>
        {texts.queue.retry}
      </button>
      <ConfirmButton
        className="button"
        confirmation={{
          title: texts.queue.removeSure(id),
          text: texts.queue.removeWarning,
          action: texts.queue.remove,
          isDestructive: true,
          onConfirm: () => remove.mutate(undefined),
        }}
      >
        {texts.queue.remove}
      </ConfirmButton>
    </>
  );
}

function Details({ job }: { job: JobDetails }) {
  const texts = useTexts();
  const locale = useStore(language);
  const times = [
    [texts.queue.createdAt, job.created_at],
    [texts.queue.runAt, job.run_at],
    [texts.queue.finishedAt, job.finished_at],
  ] as const;
  return (
    <>
      <section className="panel">
        <dl className="details">
          <div className="detail">
            <dt>{texts.queue.task}</dt>
            <dd className="mono">{job.task}</dd>
          </div>
          <div className="detail">
            <dt>{texts.queue.state}</dt>
            <dd>
              <span className={`badge${job.state === 'failed' ? ' badge-bad' : ''}`}>
                {texts.queue.states[job.state] ?? job.state}
              </span>
            </dd>
          </div>
          <div className="detail">
            <dt>{texts.queue.attempts}</dt>
            <dd>
              {job.attempts}
              {job.max_attempts !== null && ` / ${job.max_attempts}`}
            </dd>
          </div>
          {job.incident_id !== null && (
            <div className="detail">
              <dt>{texts.queue.incident}</dt>
              <dd>
                <Link href={`/incidents/${job.incident_id}`}>{texts.incident.number(job.incident_id)}</Link>
              </dd>
            </div>
          )}
          {job.worker !== null && (
            <div className="detail">
              <dt>{texts.queue.worker}</dt>
              <dd className="mono">{job.worker}</dd>
            </div>
          )}
          {times.map(([label, at]) =>
            at === null ? null : (
              <div key={label} className="detail">
                <dt>{label}</dt>
                <dd>
                  <Time at={at} />
                </dd>
              </div>
            ),
          )}
        </dl>
      </section>
      {job.last_error !== null && (
        <section className="panel">
          <h2 className="panel-title">{texts.queue.error}</h2>
          <pre className="code error-text">{job.last_error}</pre>
        </section>
      )}
      <section className="panel">
        <h2 className="panel-title">{texts.queue.payload}</h2>
        {job.payload === null ? (
          <p className="muted">{texts.queue.noPayload}</p>
        ) : (
          <pre className="code">{JSON.stringify(job.payload, undefined, 2)}</pre>
        )}
      </section>
      <section className="panel">
        <h2 className="panel-title">{texts.queue.history}</h2>
        {job.runs.length === 0 ? (
          <p className="muted">{texts.queue.noRuns}</p>
        ) : (
          <Table
            columns={[
              texts.queue.attempt,
              texts.queue.startedAt,
              { number: texts.queue.duration },
              texts.queue.result,
            ]}
          >
            {job.runs.map(({ attempt, started_at, finished_at, error }) => (
              <tr key={started_at}>
                <th scope="row">{attempt}</th>
                <td>
                  <Time at={started_at} />
                </td>
                <td className="number">
                  {((Date.parse(finished_at) - Date.parse(started_at)) / 1000).toLocaleString(locale)}{' '}
                  {texts.common.seconds}
                </td>
                <td className={error === null ? '' : 'error-text'}>{error ?? texts.queue.success}</td>
              </tr>
            ))}
          </Table>
        )}
      </section>
    </>
  );
}
