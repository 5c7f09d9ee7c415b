import type { IncidentNotice } from '../engine/channel.ts';
import { alarmMark } from '../messages/alarm-mark.ts';
import { describeActor } from '../messages/describe-actor.ts';
import { formatHeading } from '../messages/format-heading.ts';
import { getStatusChange } from '../messages/get-status-change.ts';
import { listFields } from '../messages/list-fields.ts';
import { shouldNameActor } from '../messages/should-name-actor.ts';
import type { Wording } from '../messages/wording.ts';
import { type Html, html, renderLines } from './html.ts';
import { renderPage } from './page.ts';
import { getStatusColours, renderStatusLabel } from './status-label.ts';

export function renderIncidentHtml(notice: IncidentNotice, wording: Wording): string {
  const { messages, incidentUrl } = wording;
  const { incident, event } = notice;
  const { labels } = messages;
  const title = `${alarmMark(incident, event)}${formatHeading(notice, messages)}`;
  const change = getStatusChange(event);
  const url = incidentUrl(incident.id);
  const rows = [
    renderRow(
      labels.status,
      change
        ? html`${renderStatusLabel(change.from)} → ${renderStatusLabel(change.to)}`
        : renderStatusLabel(incident.status),
    ),
    ...(change && change.to !== incident.status
      ? [renderRow(labels.statusNow, renderStatusLabel(incident.status))]
      : []),
    ...listFields(incident, wording).map(([label, value]) => renderRow(label, html`<bdi>${value}</bdi>`)),
    ...(shouldNameActor(event)
      ? [renderRow(labels.actor, html`<bdi>${describeActor(event.actor, messages)}</bdi>`)]
      : []),
  ];
  return renderPage({
    language: messages.language,
    title,
    accent: getStatusColours(incident.status).text,
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
<div class="box" dir="auto" style="padding:12px 14px;border-radius:6px;background:#f5f6f8;color:#1c2128;font-size:15px;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word">${renderLines(incident.description)}</div>
</td></tr>${url === undefined ? '' : renderLink(url, messages.openIncident)}`,
  });
}

const renderRow = (label: string, value: Html) => html`<tr>
<td class="quiet" valign="baseline" style="padding:3px 16px 3px 0;color:#5b6470;white-space:nowrap">${label}</td>
<td valign="baseline" style="padding:3px 0;overflow-wrap:anywhere;word-break:break-word">${value}</td>
</tr>`;

const renderLink = (url: string, text: string) => html`
<tr><td style="padding:0 20px 20px">
<a class="link" href="${url}" style="color:#0b57d0;font-size:15px">${text}</a>
</td></tr>`;
