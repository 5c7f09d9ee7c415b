import type { IncidentNotice } from '@incidents/core/delivery/channel';
import type { Messages } from '../messages/messages.ts';
import { utcMinute } from '../messages/utc-minute.ts';
import { brokenLines, type Html, html } from './html.ts';
import { renderPage } from './page.ts';
import { coloursOf, statusLabel } from './status-label.ts';

/**
 * A message about an incident as an HTML document. Everything that people wrote is escaped in it; `\n` in the
 * description break its lines.
 */
export function renderIncidentHtml({ incident, event }: IncidentNotice, messages: Messages): string {
  const { labels } = messages;
  const heading = messages.heading(incident, event);
  return renderPage({
    language: messages.language,
    title: heading,
    accent: coloursOf(incident.status).text,
    card: html`<tr><td style="padding:20px 20px 0">
<div class="quiet" style="font-size:14px;color:#5b6470">${heading}</div>
<h1 dir="auto" style="margin:4px 0 0;font-size:20px;line-height:1.3;font-weight:600;overflow-wrap:anywhere;word-break:break-word">${incident.text}</h1>
</td></tr>
<tr><td style="padding:14px 20px 0">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="font-size:14px">
${[row(labels.status, statusLabel(incident.status)), row(labels.source, html`<bdi>${incident.source}</bdi>`), row(labels.created, html`${utcMinute(incident.created_at)}`)]}
</table>
</td></tr>
<tr><td style="padding:14px 20px 20px">
<div class="box" dir="auto" style="padding:12px 14px;border-radius:6px;background:#f5f6f8;color:#1c2128;font-size:15px;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word">${brokenLines(incident.description)}</div>
</td></tr>`,
  });
}

const row = (label: string, value: Html) => html`<tr>
<td class="quiet" valign="baseline" style="padding:3px 16px 3px 0;color:#5b6470;white-space:nowrap">${label}</td>
<td valign="baseline" style="padding:3px 0;overflow-wrap:anywhere;word-break:break-word">${value}</td>
</tr>`;
