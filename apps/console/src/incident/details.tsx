import type { Incident } from '@incidents/contracts';
import type { ReactNode } from 'react';
import { useTexts } from '../locale/language.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { Severity } from '../ui/severity.tsx';
import { Time } from '../ui/time.tsx';
import { EditableField } from './editable-field.tsx';
import { SeveritySelect, StatusSelect } from './quick-changes.tsx';

/** All fields but text and description, with editors if the user may change them. */
export function Details({ incident }: { incident: Incident }) {
  const texts = useTexts();
  const canChange = useIsPermitted('incidents:write');
  return (
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
          <EditableField name="assignee" incident={incident}>
            {incident.assignee ?? <span className="muted">{texts.common.unassigned}</span>}
          </EditableField>
        </Detail>
        <Detail name="bot">
          <EditableField name="bot" incident={incident}>
            {incident.bot === null ? <span className="muted">{texts.common.none}</span> : `@${incident.bot}`}
          </EditableField>
        </Detail>
        <Detail name="source">
          <EditableField name="source" incident={incident}>
            {incident.source}
          </EditableField>
        </Detail>
        <Detail name="labels">
          <EditableField name="labels" incident={incident}>
            <Labels labels={incident.labels} />
          </EditableField>
        </Detail>
        <Detail name="links">
          <EditableField name="links" incident={incident}>
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
