import type { IncidentNotice } from '../engine/channel.ts';
import { describeActor } from '../messages/describe-actor.ts';
import { heading } from '../messages/heading.ts';
import { namesActor } from '../messages/names-actor.ts';
import { statusChange } from '../messages/status-change.ts';
import type { Wording } from '../messages/wording.ts';
import { brokenLines, type Html, html } from './html.ts';
import { renderPage } from './page.ts';
import { coloursOf, statusLabel } from './status-label.ts';

/** A message about an incident as an HTML document. Its values are escaped; `\n` in the description break lines. */
export function renderIncidentHtml(
  notice: IncidentNotice,
  { messages, formatTime, incidentUrl }: Wording,
): string {
  const { incident, event } = notice;
  const { labels } = messages;
  const title = heading(notice, messages);
  const change = statusChange(event);
  const url = incidentUrl(incident.id);
  const rows = [
    row(
      labels.status,
      change ? html`${statusLabel(change.from)} → ${statusLabel(change.to)}` : statusLabel(incident.status),
    ),
    ...(change && change.to !== incident.status ? [row(labels.statusNow, statusLabel(incident.status))] : []),
    row(labels.source, html`<bdi>${incident.source}</bdi>`),
    row(labels.created, html`${formatTime(incident.created_at)}`),
    ...(namesActor(event)
      ? [row(labels.actor, html`<bdi>${describeActor(event.actor, messages)}</bdi>`)]
      : []),
  ];
  return renderPage({
    language: messages.language,
    title,
    accent: coloursOf(incident.status).text,
    card: html`<tr><td style="padding:20px 20px 0">
<div class="quiet" style="font-size:14px;color:#5b6470">${title}</div>
<h1 dir="auto" style="margin:4px 0 0;font-size:20px;line-height:1.3;font-weight:600;overflow-wrap:anywhere;word-break:break-word">${incident.text}</h1>
</td></tr>
<tr><td style="padding:14px 20px 0">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="font-size:14px">
${rows}
</table>
</td></tr>
<tr><td style="padding:14px 20px 20px">
<div class="box" dir="auto" style="padding:12px 14px;border-radius:6px;background:#f5f6f8;color:#1c2128;font-size:15px;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word">${brokenLines(incident.description)}</div>
</td></tr>${url === undefined ? '' : link(url, messages.openIncident)}`,
  });
}

const row = (label: string, value: Html) => html`<tr>
<td class="quiet" valign="baseline" style="padding:3px 16px 3px 0;color:#5b6470;white-space:nowrap">${label}</td>
<td valign="baseline" style="padding:3px 0;overflow-wrap:anywhere;word-break:break-word">${value}</td>
</tr>`;

const link = (url: string, text: string) => html`
<tr><td style="padding:0 20px 20px">
<a class="link" href="${url}" style="color:#0b57d0;font-size:15px">${text}</a>
</td></tr>`;
