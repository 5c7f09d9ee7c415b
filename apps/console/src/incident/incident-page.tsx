import type { Incident } from '@incidents/contracts';
import { useTexts } from '../locale/language.ts';
import { isNotFound } from '../service/request.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Time } from '../ui/time.tsx';
import { CommentForm } from './comment-form.tsx';
import { DeleteButton } from './delete-button.tsx';
import { Deliveries } from './deliveries.tsx';
import { Details } from './details.tsx';
import { EditableField } from './editable-field.tsx';
import { History } from './history.tsx';
import { StatusButtons } from './quick-changes.tsx';
import { useIncident } from './use-incident.ts';
import { useIncidentStream } from './use-incident-stream.ts';
import './incident.css';

export default function IncidentPage({ id }: { id: number }) {
  const texts = useTexts();
  const refreshIntervalMs = useIncidentStream(id);
  const incident = useIncident(id, refreshIntervalMs);
  return (
    <Page
      title={texts.incident.title(id)}
      actions={incident.data && !isNotFound(incident.error) && <Actions incident={incident.data} />}
    >
      <QueryState query={incident}>
        {(data) => <Content incident={data} refreshIntervalMs={refreshIntervalMs} />}
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

function Content({ incident, refreshIntervalMs }: { incident: Incident; refreshIntervalMs: number }) {
  const texts = useTexts();
  const canChange = useIsPermitted('incidents:write');
  const { id } = incident;
  return (
    <div className="incident">
      <div className="incident-main">
        <section className="panel">
          {incident.escalates_at !== null && (
            <p className="callout">
              {texts.incident.escalates}: <Time at={incident.escalates_at} />
            </p>
          )}
          <EditableField name="text" incident={incident}>
            <h2 className="incident-text">{incident.text}</h2>
          </EditableField>
          <EditableField name="description" incident={incident}>
            <p className="incident-description">{incident.description}</p>
          </EditableField>
        </section>
        <section className="panel">
          <h2 className="panel-title">{texts.incident.history}</h2>
          <History id={id} refreshIntervalMs={refreshIntervalMs} />
          {canChange && <CommentForm id={id} />}
        </section>
      </div>
      <div className="incident-side">
        <Details incident={incident} />
        <section className="panel">
          <h2 className="panel-title">{texts.incident.deliveries}</h2>
          <Deliveries id={id} />
        </section>
      </div>
    </div>
  );
}
