import type { Job, JobCount, Queue, QueueTask, QueueWorker } from '@incidents/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { language, useTexts } from '../locale/language.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { get, nextPage, request } from '../service/request.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { useStore } from '../ui/create-store.ts';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Table } from '../ui/table.tsx';
import { formatDuration, Time } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';

const JOB_STATES = ['failed', 'running', 'waiting', 'scheduled', 'done'] as const;
const DEPTH_STATES = ['waiting', 'scheduled', 'running', 'failed'] as const;
const PAGE_SIZE = 50;

export default function QueuePage() {
  const texts = useTexts();
  const queue = useQuery({
    queryKey: ['queue'],
    queryFn: ({ signal }) => get<Queue>('/queue', { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  return (
    <Page title={texts.queue.title}>
      <QueryState query={queue}>{(data) => <QueueFigures queue={data} />}</QueryState>
      <Jobs />
    </Page>
  );
}

function QueueFigures({ queue }: { queue: Queue }) {
  const texts = useTexts();
  const locale = useStore(language);
  const { last_hour, deliveries } = queue;
  return (
    <>
      {!queue.exact && <p className="callout">{texts.queue.inexact}</p>}
      {queue.workers.length === 0 && <p className="callout">{texts.queue.noWorkers}</p>}
      <ul className="figures">
        {DEPTH_STATES.map((state) => (
          <Figure
            key={state}
            label={texts.queue.states[state] ?? state}
            value={queue[state].jobs.toLocaleString(locale)}
            isBad={state === 'failed' && queue.failed.jobs > 0}
            note={
              queue[state].oldest_age_seconds === null
                ? undefined
                : texts.queue.oldest(formatDuration(queue[state].oldest_age_seconds, locale))
            }
          />
        ))}
        <Figure
          label={texts.queue.lastHour}
          value={last_hour.runs.toLocaleString(locale)}
          note={`${last_hour.per_second.toLocaleString(locale)} ${texts.queue.perSecond} · ${texts.queue.failureRate.toLowerCase()} ${formatShare(last_hour.failure_rate, locale)}`}
        />
        <Figure
          label={`${texts.queue.deliveries}: ${texts.queue.deliveryStates.failed}`}
          value={deliveries.failed.toLocaleString(locale)}
          isBad={deliveries.failed > 0}
          note={`${texts.queue.deliveryStates.pending}: ${deliveries.pending.toLocaleString(locale)}`}
        />
      </ul>
      <section className="panel">
        <h2 className="panel-title">{texts.queue.tasks}</h2>
        <Tasks tasks={queue.tasks} />
      </section>
      <section className="panel">
        <h2 className="panel-title">{texts.queue.workers}</h2>
        <Workers workers={queue.workers} />
      </section>
    </>
  );
}

function Figure(props: { label: string; value: string; note?: string | undefined; isBad?: boolean }) {
  const { label, value, note, isBad } = props;
  return (
    <li className="figure">
      <span className="muted">{label}</span>
      <strong className={isBad ? 'is-bad' : ''}>{value}</strong>
      <span className="figure-note">{note}</span>
    </li>
  );
}

const formatShare = (share: number | null, locale: string): string =>
  share === null ? '—' : share.toLocaleString(locale, { style: 'percent', maximumFractionDigits: 1 });

function Tasks({ tasks }: { tasks: QueueTask[] }) {
  const texts = useTexts();
  const locale = useStore(language);
  const canChange = useIsPermitted('jobs:write');
  const retryAll = useAction({
    act: (task: string) => request<JobCount>('POST', `/jobs/failed/retry?${new URLSearchParams({ task })}`),
    describe: ({ body }) => texts.queue.retried(body.jobs),
    lists: ['queue', 'jobs'],
  });
  const removeAll = useAction({
    act: (task: string) => request<JobCount>('DELETE', `/jobs/failed?${new URLSearchParams({ task })}`),
    describe: ({ body }) => texts.queue.removed(body.jobs),
    lists: ['queue', 'jobs'],
  });
  if (tasks.length === 0) return <p className="muted">{texts.queue.noTasks}</p>;
  return (
    <Table
      columns={[
        texts.queue.task,
        ...DEPTH_STATES.map((state) => ({ number: texts.queue.states[state] ?? state })),
        { number: texts.queue.lastHour },
        { number: texts.queue.failureRate },
      ]}
      hasActions
    >
      {tasks.map((task) => (
        <tr key={task.task}>
          <th scope="row" className="mono">
            {task.task}
          </th>
          {DEPTH_STATES.map((state) => (
            <td
              key={state}
              className={`number${state === 'failed' && task.failed.jobs > 0 ? ' is-bad' : ''}`}
            >
              {task[state].jobs.toLocaleString(locale)}
            </td>
          ))}
          <td className="number">{task.last_hour.runs.toLocaleString(locale)}</td>
          <td className="number">{formatShare(task.last_hour.failure_rate, locale)}</td>
          <td>
            {canChange && task.failed.jobs > 0 && (
              <div className="actions actions-end">
                <button
                  type="button"
                  className="button button-small"
                  aria-label={texts.queue.retryAll(task.task)}
                  onClick={() => retryAll.mutate(task.task)}
                >
                  {texts.queue.retry}
                </button>
                <ConfirmButton
                  className="button button-small"
                  label={texts.queue.removeAll(task.task)}
                  confirmation={{
                    title: texts.queue.removeAllSure(task.task),
                    text: texts.queue.removeWarning,
                    action: texts.queue.remove,
                    isDestructive: true,
                    onConfirm: () => removeAll.mutate(task.task),
                  }}
                >
                  {texts.queue.remove}
                </ConfirmButton>
              </div>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Workers({ workers }: { workers: QueueWorker[] }) {
  const texts = useTexts();
  const locale = useStore(language);
  if (workers.length === 0) return <p className="muted">{texts.queue.noWorkers}</p>;
  return (
    <Table
      columns={[
        texts.queue.worker,
        texts.queue.startedAt,
        { number: texts.queue.concurrency },
        texts.queue.runningNow,
      ]}
    >
      {workers.map(({ pool_id, name, started_at, concurrency, running }) => (
        <tr key={pool_id}>
          <th scope="row" className="mono">
            {name}
          </th>
          <td>
            <Time at={started_at} />
          </td>
          <td className="number">{concurrency}</td>
          <td>
            {running.length === 0 ? (
              <span className="muted">{texts.queue.idle}</span>
            ) : (
              running.map(({ task, jobs, oldest_age_seconds }) => (
                <div key={task}>
                  <span className="mono">{task}</span> × {jobs}
                  {oldest_age_seconds !== null &&
                    `, ${texts.queue.oldest(formatDuration(oldest_age_seconds, locale))}`}
                </div>
              ))
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Jobs() {
  const texts = useTexts();
  const locale = useStore(language);
  const [parameters, setParameters] = useSearchParams();
  const state = JOB_STATES.find((known) => known === parameters.get('state')) ?? 'failed';
  const jobs = useInfiniteQuery({
    queryKey: ['jobs', state],
    initialPageParam: `/jobs?state=${state}&limit=${PAGE_SIZE}`,
    queryFn: ({ pageParam, signal }) => request<Job[]>('GET', pageParam, { signal }),
    getNextPageParam: ({ headers }) => nextPage(headers),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  return (
    <section className="panel">
      <div className="panel-header">
        <h2>{texts.queue.jobs}</h2>
        <select
          aria-label={texts.queue.state}
          value={state}
          onChange={(event) => setParameters({ state: event.currentTarget.value }, { replace: true })}
        >
          {JOB_STATES.map((known) => (
            <option key={known} value={known}>
              {texts.queue.states[known]}
            </option>
          ))}
        </select>
      </div>
      <QueryState query={jobs}>
        {({ pages }) => {
          const all = pages.flatMap(({ body }) => body);
          if (all.length === 0) return <p className="muted">{texts.queue.noJobs}</p>;
          return (
            <Table
              columns={[
                texts.queue.task,
                { number: texts.queue.age },
                { number: texts.queue.attempts },
                texts.queue.incident,
                texts.queue.error,
              ]}
            >
              {all.map((job) => (
                <tr key={`${job.id}-${job.finished_at}`}>
                  <th scope="row">
                    <Link href={`/queue/jobs/${job.id}`} className="mono">
                      {job.task} · {job.id}
                    </Link>
                  </th>
                  <td className="number">{formatDuration(job.age_seconds, locale)}</td>
                  <td className="number">
                    {job.attempts}
                    {job.max_attempts !== null && ` / ${job.max_attempts}`}
                  </td>
                  <td>
                    {job.incident_id !== null && (
                      <Link href={`/incidents/${job.incident_id}`}>
                        {texts.incident.number(job.incident_id)}
                      </Link>
                    )}
                  </td>
                  <td className="error-text">{job.last_error}</td>
                </tr>
              ))}
            </Table>
          );
        }}
      </QueryState>
      {jobs.hasNextPage && (
        <button type="button" className="button button-wide" onClick={() => void jobs.fetchNextPage()}>
          {texts.common.showMore}
        </button>
      )}
    </section>
  );
}
