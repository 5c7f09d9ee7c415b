import type { DigestEntry } from '../engine/channel.ts';
import { alarmMark } from '../messages/alarm-mark.ts';
import { describeSeverity } from '../messages/describe-severity.ts';
import { formatDigestHeading } from '../messages/format-digest-heading.ts';
import { listEntryDetails } from '../messages/list-entry-details.ts';
import type { Wording } from '../messages/wording.ts';
import { html } from './html.ts';
import { renderPage } from './page.ts';
import { getStatusColours, renderStatusLabel } from './status-label.ts';

export function renderDigestHtml(entries: DigestEntry[], wording: Wording): string {
  const { messages } = wording;
  const heading = formatDigestHeading(entries, messages);
  return renderPage({
    language: messages.language,
    title: heading,
    accent: getStatusColours('новый').text,
    card: html`<tr><td style="padding:20px 20px 8px">
<h1 style="margin:0;font-size:20px;line-height:1.3;font-weight:600">${heading}</h1>
</td></tr>
<tr><td style="padding:0 20px 12px">
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:15px">
${entries.map((entry) => renderRow(entry, wording))}
</table>
</td></tr>`,
  });
}

/** Short: a mail client may show only the first 100 KB of a message. */
function renderRow(entry: DigestEntry, { messages, formatTime, incidentUrl }: Wording) {
  const { id, text, status, severity, source, created_at } = entry;
  const details = [source, ...listEntryDetails(entry)].map((detail) => html`<bdi>${detail}</bdi> · `);
  return html`<tr>
<td class="line quiet" valign="top" style="padding:9px 12px 9px 0;border-top:1px solid #e3e6ea;color:#5b6470">${renderNumber(id, incidentUrl(id))}</td>
<td class="line" valign="top" width="100%" style="padding:9px 0;border-top:1px solid #e3e6ea;word-break:break-word"><bdi>${text}</bdi><br>
<span class="quiet" style="font-size:13px;color:#5b6470">${renderStatusLabel(status)} · ${alarmMark(entry, entry)}${describeSeverity(severity, messages)} · ${details}${formatTime(created_at)}</span></td>
</tr>`;
}

const renderNumber = (id: number, url: string | undefined) =>
  url === undefined ? html`№${id}` : html`<a class="link" href="${url}" style="color:#0b57d0">№${id}</a>`;
