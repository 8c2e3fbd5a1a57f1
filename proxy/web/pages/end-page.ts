import { html, raw } from 'hono/html';
import type { ChallengeOutcome } from '../../stepup/stepup.ts';
import type { Html } from './layout.ts';
import { layout } from './layout.ts';

const svg = (path: string) =>
  raw(
    `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`,
  );
const check = svg('<path d="M5 12.5l4.5 4.5L19 7.5"/>');
const cross = svg('<path d="M7 7l10 10M17 7L7 17"/>');

/** A page that says one thing and what to do. */
export function messagePage(title: string, ...paragraphs: readonly string[]): Html {
  return endPage(title, paragraphs, false);
}

/** How the challenge ended. The statement is not shown any more. */
export function outcomePage(outcome: ChallengeOutcome): Html {
  switch (outcome.kind) {
    case 'confirmed':
      return endPage('Confirmed', ['Your statement goes on. You can close this page.'], true);
    case 'expired':
      return messagePage(
        'Too late',
        'This request was not confirmed in time.',
        'Run the statement again to get a new one.',
      );
    case 'withdrawn':
      return withdrawnPage(outcome.by);
  }
}

type WithdrawnBy = Extract<ChallengeOutcome, { kind: 'withdrawn' }>['by'];

function withdrawnPage(by: WithdrawnBy): Html {
  switch (by) {
    case 'person':
      return messagePage(
        'Cancelled',
        'The statement was not run, and the administrator can see that you said it was not you.',
        'If someone else knows your database password, change it now.',
      );
    case 'cancel':
    case 'disconnect':
      return messagePage('Cancelled', 'The statement was cancelled where it was run, so there is nothing to confirm.');
    case 'administrator':
      return messagePage('Cancelled', 'The administrator cancelled this statement.');
    case 'shutdown':
      return messagePage('Cancelled', 'stepward was stopped. Run the statement again when it is back.');
  }
}

function endPage(title: string, paragraphs: readonly string[], isGood: boolean): Html {
  const sign = isGood ? html`<div class="sign ok">${check}</div>` : html`<div class="sign">${cross}</div>`;
  const texts = paragraphs.map((text, index) => html`<p class="${index === 0 ? '' : 'soft'}">${text}</p>`);
  return layout(title, html`<div class="card end" role="status">${sign}<h1>${title}</h1>${texts}</div>`);
}
