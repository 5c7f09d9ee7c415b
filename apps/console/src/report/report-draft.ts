import type { CreateIncidentInput } from '@incidents/contracts';
import { parseLabels, parseLines } from '../incident/labels.ts';
import type { KeyStore } from '../service/idempotency-keys.ts';

export interface ReportDraft {
  text: string;
  description: string;
  source: string;
  severity: string;
  bot: string;
  assignee: string;
  labels: string;
  links: string;
  dedup_key: string;
}

export const EMPTY_DRAFT: ReportDraft = {
  text: '',
  description: '',
  source: 'operator',
  severity: 'error',
  bot: '',
  assignee: '',
  labels: '',
  links: '',
  dedup_key: '',
};

const STORAGE_KEY = 'incidents.report-draft';
const SENT_STORAGE_KEY = 'incidents.report-sent';

/** A draft outlives the tab, so a lost connection loses nothing that was typed. */
export function loadDraft(): ReportDraft {
  try {
    return { ...EMPTY_DRAFT, ...JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') };
  } catch {
    return EMPTY_DRAFT;
  }
}

export function storeDraft(draft: ReportDraft): void {
  localStorage.setItem(STORAGE_KEY, JSON.stringify(draft));
}

export function removeDraft(): void {
  localStorage.removeItem(STORAGE_KEY);
  localStorage.removeItem(SENT_STORAGE_KEY);
}

/** Beside the draft, so that a report is stored once also when the page was closed before the reply. */
export const sentReport: KeyStore = {
  load() {
    try {
      return JSON.parse(localStorage.getItem(SENT_STORAGE_KEY) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  },
  store: (last) => localStorage.setItem(SENT_STORAGE_KEY, JSON.stringify(last)),
};

/** @returns the body of the request, or the line of the labels that is none */
export function toRequestBody(draft: ReportDraft): { body: CreateIncidentInput } | { badLine: string } {
  const { text, description, source, severity, bot, assignee, dedup_key } = draft;
  const parsed = parseLabels(draft.labels);
  if ('badLine' in parsed) return parsed;
  const links = parseLines(draft.links);
  return {
    body: {
      text: text.trim(),
      description: description.trim(),
      source: source.trim(),
      severity: severity as CreateIncidentInput['severity'],
      ...(bot.trim() !== '' && { bot: bot.trim() }),
      ...(assignee.trim() !== '' && { assignee: assignee.trim() }),
      ...(Object.keys(parsed.labels).length > 0 && { labels: parsed.labels }),
      ...(links.length > 0 && { links }),
      ...(dedup_key.trim() !== '' && { dedup_key: dedup_key.trim() }),
    },
  };
}
