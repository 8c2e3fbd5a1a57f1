import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { script } from './script.ts';
import { style } from './style.ts';

export type Html = ReturnType<typeof html>;

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing from anywhere but what is in the page itself; the hashes leave an injected script or style without effect. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src ${sha256(style)}`,
  `script-src ${sha256(script)}`,
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const mark = raw(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M4 20h5v-5h5v-5h5V4"/></svg>',
);

/** A whole page; with `isLive` it counts down and follows its challenge. */
export function layout(title: string, body: Html, isLive = false): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · stepward</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<main class="${isLive ? 'wide' : ''}">
<div class="brand">${mark}<span>stepward</span></div>
${body}
</main>
${isLive ? html`<script>${raw(script)}</script>` : ''}
</body>
</html>`;
}
