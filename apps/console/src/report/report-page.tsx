import type { Incident } from '@incidents/contracts';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useTexts } from '../locale/language.ts';
import { createIdempotencyKeys } from '../service/idempotency-keys.ts';
import { ProblemError, request } from '../service/request.ts';
import { SEVERITIES } from '../service/severities.ts';
import { announce } from '../ui/notices.tsx';
import { Page } from '../ui/page.tsx';
import {
  EMPTY_DRAFT,
  loadDraft,
  type ReportDraft,
  removeDraft,
  sentReport,
  storeDraft,
  toRequestBody,
} from './report-draft.ts';
import './report.css';

type FieldErrors = Partial<Record<keyof ReportDraft, string>>;

export default function ReportPage() {
  const texts = useTexts();
  const [, navigate] = useLocation();
  const [draft, setDraft] = useState(loadDraft);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [summary, setSummary] = useState<string>();
  const [isSending, setSending] = useState(false);
  const [headersFor] = useState(() => createIdempotencyKeys(sentReport));
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    const refused = Object.keys(errors)[0];
    if (refused) form.current?.querySelector<HTMLElement>(`[name="${refused}"]`)?.focus();
  }, [errors]);

  function change(name: keyof ReportDraft, value: string) {
    const next = { ...draft, [name]: value };
    setDraft(next);
    storeDraft(next);
  }

  async function send() {
    const parsed = toRequestBody(draft);
    if ('badLine' in parsed) return setErrors({ labels: texts.incident.badLabel(parsed.badLine) });
    setSending(true);
    setSummary(undefined);
    setErrors({});
    try {
      const { body, status } = await request<Incident>('POST', '/incidents/', {
        json: parsed.body,
        headers: headersFor(parsed.body),
      });
      removeDraft();
      announce(status === 201 ? texts.report.created(body.id) : texts.report.repeated(body.id));
      navigate(`/incidents/${body.id}`);
    } catch (failure) {
      setSending(false);
      const refused = failure instanceof ProblemError ? collectErrors(failure) : {};
      setErrors(refused);
      if (Object.keys(refused).length > 0) setSummary(texts.report.refused);
      else setSummary(failure instanceof ProblemError ? failure.message : texts.report.noReply);
    }
  }

  const field = (
    name: keyof ReportDraft,
    isOptional: boolean,
    control: (props: ControlProps) => ReactNode,
  ) => {
    const error = errors[name];
    const hint = texts.report.hints[name];
    const described = [error !== undefined && `${name}-error`, hint !== undefined && `${name}-hint`];
    return (
      <div className={`field${name === 'text' || name === 'description' ? ' field-wide' : ''}`}>
        <label className="field-label" htmlFor={`report-${name}`}>
          {texts.fields[name]}
          {isOptional && (
            <span className="muted field-optional"> · {texts.report.optional.toLowerCase()}</span>
          )}
        </label>
        {control({
          id: `report-${name}`,
          name,
          value: draft[name],
          'aria-invalid': error !== undefined,
          'aria-describedby': described.filter(Boolean).join(' ') || undefined,
          onChange: (event) => change(name, event.currentTarget.value),
        })}
        {error !== undefined && (
          <span id={`${name}-error`} className="field-error">
            {error}
          </span>
        )}
        {hint !== undefined && (
          <span id={`${name}-hint`} className="field-hint">
            {hint}
          </span>
        )}
      </div>
    );
  };

  return (
    <Page title={texts.report.title}>
      <p className="muted">{texts.report.hint}</p>
      <form
        ref={form}
        className="panel report-form"
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void send();
        }}
      >
        {summary !== undefined && (
          <p className="form-summary" role="alert">
            {summary}
          </p>
        )}
        {field('text', false, (props) => (
          <input {...props} />
        ))}
        {field('description', false, (props) => (
          <textarea rows={6} {...props} />
        ))}
        {field('severity', false, (props) => (
          <select {...props}>
            {SEVERITIES.map((severity) => (
              <option key={severity} value={severity}>
                {texts.severity[severity]}
              </option>
            ))}
          </select>
        ))}
        {field('source', false, (props) => (
          <input {...props} />
        ))}
        {field('bot', true, (props) => (
          <input {...props} autoCapitalize="none" spellCheck={false} />
        ))}
        {field('assignee', true, (props) => (
          <input {...props} />
        ))}
        {field('labels', true, (props) => (
          <textarea rows={3} {...props} spellCheck={false} />
        ))}
        {field('links', true, (props) => (
          <textarea rows={3} {...props} spellCheck={false} />
        ))}
        {field('dedup_key', true, (props) => (
          <input {...props} spellCheck={false} />
        ))}
        <div className="form-actions">
          <button type="submit" className="button button-primary" disabled={isSending}>
            {isSending ? texts.report.submitting : texts.report.submit}
          </button>
          <button
            type="button"
            className="button button-quiet"
            onClick={() => {
              removeDraft();
              setDraft(EMPTY_DRAFT);
              setErrors({});
              setSummary(undefined);
            }}
          >
            {texts.report.clear}
          </button>
          <span className="muted">{texts.report.kept}</span>
        </div>
      </form>
    </Page>
  );
}

interface ControlProps {
  id: string;
  name: string;
  value: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
  onChange(event: { currentTarget: { value: string } }): void;
}

/** `body.links.0` belongs to the field `links`. */
function collectErrors({ problem }: ProblemError): FieldErrors {
  const errors: FieldErrors = {};
  for (const { path, message } of problem.errors ?? []) {
    const [place, name = ''] = path.split(/[.[]/);
    if (place !== 'body' || !(name in EMPTY_DRAFT)) continue;
    const field = name as keyof ReportDraft;
    errors[field] = errors[field] === undefined ? message : `${errors[field]}; ${message}`;
  }
  return errors;
}
