import type { Incident, IncidentStatus, Severity, UpdateIncident } from '@incidents/contracts';
import { useTexts } from '../locale/language.ts';
import { STATUSES } from '../service/incident-statuses.ts';
import { findPresentIncident } from '../service/request.ts';
import { SEVERITIES } from '../service/severities.ts';
import { describeError } from '../ui/describe-error.ts';
import { announce, announceFailure } from '../ui/notices.tsx';
import { useUpdateIncident } from './use-incident.ts';

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

export function StatusButtons({ incident }: { incident: Incident }) {
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

export function StatusSelect({ incident }: { incident: Incident }) {
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

export function SeveritySelect({ incident }: { incident: Incident }) {
  const texts = useTexts();
  const update = useQuickUpdate(incident);
  return (
    <select
      aria-label={texts.fields.severity}
      value={incident.severity}
      onChange={(event) => {
        const severity = event.currentTarget.value as Severity;
        void update({ severity }, `${texts.incident.number(incident.id)}: ${texts.severity[severity]}`);
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
