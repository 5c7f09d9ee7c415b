import { type Html, html } from './html.ts';

const FONT = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** For mail clients: inline styles, as some drop the style sheet, which holds only the dark mode. */
export const renderPage = (page: { language: string; title: string; accent: string; card: Html }): string =>
  html`<!DOCTYPE html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${page.title}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #0f1216 !important; }
  .card { background: #1b2027 !important; color: #e8eaed !important; }
  .quiet { color: #a3abb5 !important; }
  .box { background: #252b34 !important; color: #e8eaed !important; }
  .line { border-color: #343b45 !important; }
  .link { color: #8ab4f8 !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#eef0f3;-webkit-text-size-adjust:100%">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#eef0f3">
<tr>
<td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;table-layout:fixed;background:#ffffff;color:#1c2128;border-top:4px solid ${page.accent};border-radius:6px;font-family:${{ html: FONT }};font-size:16px;line-height:1.45;text-align:left">
${page.card}
</table>
</td>
</tr>
</table>
</body>
</html>
`.html;
