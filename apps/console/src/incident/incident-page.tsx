import type {
  Incident,
  IncidentStatus,
  Severity as SeverityName,
  UpdateIncident,
} from '@incidents/contracts';
import type { ReactNode } from 'react';
import { useTexts } from '../locale/language.ts';
import { STATUSES } from '../service/incident-statuses.ts';
import { findPresentIncident, isNotFound } from '../service/request.ts';
import { SEVERITIES } from '../service/severities.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { describeError } from '../ui/describe-error.ts';
import { announce, announceFailure } from '../ui/notices.tsx';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Severity } from '../ui/severity.tsx';
import { Time } from '../ui/time.tsx';
import { CommentForm } from './comment-form.tsx';
import { DeleteButton } from './delete-button.tsx';
import { Deliveries } from './deliveries.tsx';
import { EditableField } from './editable-field.tsx';
import { History } from './history.tsx';
import { useIncident, useUpdateIncident } from './use-incident.ts';

export default function IncidentPage({ id }: { id: number }) {
  const texts = useTexts();
  const { incident, history, showEarlier } = useIncident(id);
  return (
    <Page
      title={texts.incident.title(id)}
      actions={incident.data && !isNotFound(incident.error) && <Actions incident={incident.data} />}
    >
      <QueryState query={incident}>
        {(data) => (
          <IncidentDetails
            incident={data}
            history={
              <QueryState query={history}>
                {(events) => <History history={events} onShowEarlier={showEarlier} />}
              </QueryState>
            }
          />
        )}
      </QueryState>
    </Page>
  );
}

function Actions({ incident }: { incident: Incident }) {
  const canChange = useIsPermitted('incidents:write');
  const canDelete = useIsPermitted('admin');
  return (
    <>
      {canChange && <StatusButtons incident={incident} />}
      {canDelete && <DeleteButton incident={incident} />}
    </>
  );
}

function IncidentDetails({ incident, history }: { incident: Incident; history: ReactNode }) {
  const texts = useTexts();
  const canChange = useIsPermitted('incidents:write');
  const { id } = incident;
  const update = useUpdateIncident(id);
  const field = { incident, update };
  return (
    <div className="incident">
      <div className="incident-main">
        <section className="panel">
          {incident.escalates_at !== null && (
            <p className="callout">
              {texts.incident.escalates}: <Time at={incident.escalates_at} />
            </p>
          )}
          <EditableField name="text" {...field}>
            <h2 className="incident-text">{incident.text}</h2>
          </EditableField>
          <EditableField name="description" {...field}>
            <p className="incident-description">{incident.description}</p>
          </EditableField>
        </section>
        <section className="panel">
          <h2 className="panel-title">{texts.incident.history}</h2>
          {history}
          {canChange && <CommentForm id={id} />}
        </section>
      </div>
      <div className="incident-side">
        <section className="panel">
          <h2 className="panel-title">{texts.incident.details}</h2>
          <dl className="details">
            <Detail name="status">
              {canChange ? (
                <StatusSelect incident={incident} />
              ) : (
                (texts.statusOfOne[incident.status] ?? incident.status)
              )}
            </Detail>
            <Detail name="severity">
              {canChange ? <SeveritySelect incident={incident} /> : <Severity severity={incident.severity} />}
            </Detail>
            <Detail name="assignee">
              <EditableField name="assignee" {...field}>
                {incident.assignee ?? <span className="muted">{texts.common.unassigned}</span>}
              </EditableField>
            </Detail>
            <Detail name="bot">
              <EditableField name="bot" {...field}>
                {incident.bot === null ? (
                  <span className="muted">{texts.common.none}</span>
                ) : (
                  `@${incident.bot}`
                )}
              </EditableField>
            </Detail>
            <Detail name="source">
              <EditableField name="source" {...field}>
                {incident.source}
              </EditableField>
            </Detail>
            <Detail name="labels">
              <EditableField name="labels" {...field}>
                <Labels labels={incident.labels} />
              </EditableField>
            </Detail>
            <Detail name="links">
              <EditableField name="links" {...field}>
                <Links links={incident.links} />
              </EditableField>
            </Detail>
            <Detail name="occurrences">{incident.occurrences}</Detail>
            {(['created_at', 'last_seen_at', 'acknowledged_at', 'closed_at'] as const).map((name) => {
              const at = incident[name];
              return at === null || (name === 'last_seen_at' && incident.occurrences === 1) ? null : (
                <Detail key={name} name={name}>
                  <Time at={at} />
                </Detail>
              );
            })}
            {incident.dedup_key !== null && (
              <Detail name="dedup_key">
                <span className="mono">{incident.dedup_key}</span>
              </Detail>
            )}
          </dl>
        </section>
        <section className="panel">
          <h2 className="panel-title">{texts.incident.deliveries}</h2>
          <Deliveries id={id} />
        </section>
      </div>
    </div>
  );
}

function Detail({ name, children }: { name: string; children: ReactNode }) {
  const texts = useTexts();
  return (
    <div className="detail">
      <dt>{texts.fields[name]}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Labels({ labels }: { labels: Record<string, string> }) {
  const texts = useTexts();
  const entries = Object.entries(labels);
  if (entries.length === 0) return <span className="muted">{texts.common.none}</span>;
  return (
    <ul className="labels">
      {entries.map(([name, value]) => (
        <li key={name} className="badge">
          {name}={value}
        </li>
      ))}
    </ul>
  );
}

function Links({ links }: { links: string[] }) {
  const texts = useTexts();
  if (links.length === 0) return <span className="muted">{texts.common.none}</span>;
  return (
    <ul className="links">
      {links.map((link) => (
        <li key={link}>
          <a href={link} target="_blank" rel="noreferrer">
            {link.replace(/^https?:\/\//i, '')}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Changes a field at once; a conflict shows the present state and stores nothing. */
function useQuickUpdate(incident: Incident) {
  const texts = useTexts();
  const update = useUpdateIncident(incident.id);
  return async (changes: UpdateIncident, done: string) => {
    try {
      await update(changes, incident.version);
      announce(done);
    } catch (error) {
      announceFailure(
        findPresentIncident(error)
          ? texts.incident.changedMeanwhile(incident.id)
          : describeError(error, texts),
      );
    }
  };
}

function useSetStatus(incident: Incident) {
  const texts = useTexts();
  const update = useQuickUpdate(incident);
  return (status: IncidentStatus) =>
    void update({ status }, texts.board.moved(incident.id, texts.statusOfOne[status] ?? status));
}

function StatusButtons({ incident }: { incident: Incident }) {
  const texts = useTexts();
  const setStatus = useSetStatus(incident);
  return STATUSES.filter((status) => status !== incident.status).map((status) => (
    <button
      key={status}
      type="button"
      className={`button${status === 'в работе' && incident.status === 'новый' ? ' button-primary' : ''}`}
      onClick={() => setStatus(status)}
    >
      {texts.board.actions[status]}
    </button>
  ));
}

function StatusSelect({ incident }: { incident: Incident }) {
  const texts = useTexts();
  const setStatus = useSetStatus(incident);
  return (
    <select
      aria-label={texts.fields.status}
      value={incident.status}
      onChange={(event) => setStatus(event.currentTarget.value as IncidentStatus)}
    >
      {withPresent(STATUSES, incident.status).map((status) => (
        <option key={status} value={status}>
          {texts.statusOfOne[status] ?? status}
        </option>
      ))}
    </select>
  );
}

function SeveritySelect({ incident }: { incident: Incident }) {
  const texts = useTexts();
  const update = useQuickUpdate(incident);
  return (
    <select
      aria-label={texts.fields.severity}
      value={incident.severity}
      onChange={(event) => {
        const severity = event.currentTarget.value as SeverityName;
        void update({ severity }, `№${incident.id}: ${texts.severity[severity]}`);
      }}
    >
      {withPresent(SEVERITIES, incident.severity).map((severity) => (
        <option key={severity} value={severity}>
          {texts.severity[severity] ?? severity}
        </option>
      ))}
    </select>
  );
}

/** A change by hand may have stored a value that is not known here. */
const withPresent = (known: readonly string[], present: string): readonly string[] =>
  known.includes(present) ? known : [present, ...known];
