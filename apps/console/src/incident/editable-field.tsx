import type { Incident, UpdateIncident } from '@incidents/contracts';
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTexts } from '../locale/language.ts';
import { findPresentIncident, ProblemError } from '../service/request.ts';
import { useIsPermitted } from '../service/use-session.ts';
import { describeError } from '../ui/describe-error.ts';
import { Icon } from '../ui/icon.tsx';
import { formatLabels, parseLabels, parseLines } from './labels.ts';
import { useUpdateIncident } from './use-incident.ts';

export type EditableName = 'text' | 'description' | 'bot' | 'assignee' | 'source' | 'labels' | 'links';

const MULTILINE: EditableName[] = ['description', 'labels', 'links'];

interface EditableFieldProps {
  name: EditableName;
  incident: Incident;
  /** The value when it is not being edited. */
  children: ReactNode;
}

/** A value, and a button that opens its editor in the same place if the user may change it. */
export function EditableField({ name, incident, children }: EditableFieldProps) {
  const texts = useTexts();
  const canEdit = useIsPermitted('incidents:write');
  const [isEditing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (wasEditing.current && !isEditing) button.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);
  if (isEditing) return <FieldEditor name={name} incident={incident} onEnd={() => setEditing(false)} />;
  return (
    <div className="editable">
      <div className="editable-value">{children}</div>
      {canEdit && (
        <button
          ref={button}
          type="button"
          className="button button-quiet button-icon"
          aria-label={`${texts.common.edit}: ${texts.fields[name]}`}
          title={texts.common.edit}
          onClick={() => setEditing(true)}
        >
          <Icon name="edit" />
        </button>
      )}
    </div>
  );
}

function FieldEditor(props: Omit<EditableFieldProps, 'children'> & { onEnd(): void }) {
  const { name, incident, onEnd } = props;
  const texts = useTexts();
  const update = useUpdateIncident(incident.id);
  const errorId = useId();
  const [draft, setDraft] = useState(() => readValue(incident, name));
  /** The version that the person has seen. */
  const [version, setVersion] = useState(incident.version);
  const [error, setError] = useState<string>();
  const [conflict, setConflict] = useState<Incident>();
  const [isSaving, setSaving] = useState(false);
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => input.current?.focus(), []);

  async function save(expected: number) {
    const changes = toChanges(name, draft);
    if (changes === undefined) {
      const parsed = parseLabels(draft);
      return setError('badLine' in parsed ? texts.incident.badLabel(parsed.badLine) : undefined);
    }
    setSaving(true);
    try {
      await update(changes, expected);
      onEnd();
    } catch (failure) {
      const present = findPresentIncident(failure);
      if (present) setConflict(present);
      else setError(describeFieldErrors(failure, name) ?? describeError(failure, texts));
      setSaving(false);
    }
  }

  const control = {
    ref: input,
    value: draft,
    'aria-label': texts.fields[name],
    'aria-invalid': error !== undefined,
    'aria-describedby': error === undefined ? undefined : errorId,
    onChange: (event: { currentTarget: { value: string } }) => setDraft(event.currentTarget.value),
    onKeyDown: (event: { key: string }) => event.key === 'Escape' && onEnd(),
  };
  return (
    <form
      className="field-editor"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save(version);
      }}
    >
      {MULTILINE.includes(name) ? (
        <textarea rows={name === 'description' ? 8 : 4} {...control} />
      ) : (
        <input {...control} />
      )}
      {name === 'labels' && <p className="field-hint">{texts.incident.unknownKey}</p>}
      {name === 'links' && <p className="field-hint">{texts.incident.onePerLine}</p>}
      {error !== undefined && (
        <p id={errorId} className="field-error" role="alert">
          {error}
        </p>
      )}
      {conflict ? (
        <div className="conflict" role="alert">
          <strong>{texts.incident.conflict}</strong>
          <p>{texts.incident.conflictHint(texts.fields[name] ?? name)}</p>
          <pre>{readValue(conflict, name) || texts.common.none}</pre>
          <div className="actions">
            <button
              type="button"
              className="button button-danger"
              onClick={() => {
                setConflict(undefined);
                setVersion(conflict.version);
                void save(conflict.version);
              }}
            >
              {texts.incident.overwrite}
            </button>
            <button type="button" className="button" onClick={onEnd}>
              {texts.incident.discard}
            </button>
          </div>
        </div>
      ) : (
        <div className="actions">
          <button type="submit" className="button button-primary button-small" disabled={isSaving}>
            {isSaving ? texts.common.saving : texts.common.save}
          </button>
          <button type="button" className="button button-small" onClick={onEnd}>
            {texts.common.cancel}
          </button>
        </div>
      )}
    </form>
  );
}

function readValue(incident: Incident, name: EditableName): string {
  if (name === 'labels') return formatLabels(incident.labels);
  if (name === 'links') return incident.links.join('\n');
  return incident[name] ?? '';
}

/** @returns undefined when the draft cannot be sent */
function toChanges(name: EditableName, draft: string): UpdateIncident | undefined {
  if (name === 'labels') {
    const parsed = parseLabels(draft);
    return 'labels' in parsed ? parsed : undefined;
  }
  if (name === 'links') return { links: parseLines(draft) };
  if (name === 'bot' || name === 'assignee') return { [name]: draft.trim() || null };
  return { [name]: draft };
}

function describeFieldErrors(failure: unknown, name: EditableName): string | undefined {
  const errors = failure instanceof ProblemError ? (failure.problem.errors ?? []) : [];
  const own = errors.filter(({ path }) => path.startsWith(`body.${name}`));
  return own.length === 0 ? undefined : own.map(({ message }) => message).join('; ');
}
