import { html } from 'hono/html';
import type { ChallengeView } from '../../stepup/challenge.ts';
import type { Piece } from './excerpt.ts';
import { excerpt } from './excerpt.ts';
import type { Html } from './layout.ts';
import { layout } from './layout.ts';
import { visibleParts } from './visible-text.ts';
import { clock, coveredLines, duration } from './words.ts';

export type ChallengePage = {
  readonly challenge: ChallengeView;
  readonly csrfToken: string;
  readonly nowMs: number;
  /** Digits of the person's code. */
  readonly digits: number;
  /** Why the last try was not taken. */
  readonly problem?: string;
};

/** Who asks for what, and the field for the code. Everything in it that a client sent is escaped and made visible. */
export function challengePage(page: ChallengePage): Html {
  const { id, request, deadlineMs } = page.challenge;
  const path = `/c/${id}`;
  const remainingMs = Math.max(0, deadlineMs - page.nowMs);
  return layout(
    'Is this you?',
    html`<div class="card ask" data-page-url="${path}" data-state-url="${path}/state" data-remaining-ms="${remainingMs}">
<div>
<h1>Is this you?</h1>
<p class="lead"><strong>${shown(request.principal.id)}</strong> wants to run a statement that needs a fresh proof.</p>
${codeToCompare(page.challenge)}
<h2>The statement</h2>
${statement(page.challenge)}
<h2>What you allow</h2>
${covered(page.challenge)}
${reasons(page.challenge)}
<h2>Where it comes from</h2>
${origin(page.challenge)}
</div>
<div class="proof">
${proofForm(page, path, remainingMs)}
<form method="post" action="${path}/deny">
<input type="hidden" name="token" value="${page.csrfToken}">
<button class="quiet" type="submit">This is not me</button>
</form>
</div>
</div>`,
    true,
  );
}

/** The link may have been sent by someone else: only the code in one's own terminal ties the page to one's own statement. */
function codeToCompare({ code }: ChallengeView): Html {
  return html`<div class="match"><span class="soft">Must be the code that your database client shows</span><strong>${code}</strong></div>`;
}

function reasons({ request }: ChallengeView): Html {
  const distinct = [...new Set(request.reasons.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))];
  if (distinct.length === 0) return html``;
  return html`<h2>Why you are asked</h2><ul>${distinct.map((reason) => html`<li>${shown(reason)}</li>`)}</ul>`;
}

function statement({ request, waiting }: ChallengeView): Html {
  const spans = request.accesses.flatMap((access) => access.spans);
  const others = waiting - 1;
  return html`<pre tabindex="0" role="region" aria-label="The statement, sensitive parts marked">${excerpt(request.text, spans).map(piece)}</pre>
${others > 0 ? html`<p class="soft small note">${others === 1 ? '1 more statement waits' : `${others} more statements wait`} for the same data.</p>` : ''}`;
}

function piece(part: Piece): Html {
  switch (part.kind) {
    case 'plain':
      return shown(part.text);
    case 'marked':
      return html`<mark>${shown(part.text)}</mark>`;
    case 'gap':
      return html`<span class="gap">… ${part.characters.toLocaleString('en')} characters are left out here …</span>`;
  }
}

function origin({ request, createdAtMs }: ChallengeView): Html {
  const when = new Date(createdAtMs).toISOString();
  return html`<dl>
<dt>Program</dt><dd>${request.application === '' ? 'not named' : shown(request.application)}</dd>
<dt>Address</dt><dd>${shown(request.address)}</dd>
<dt>Database</dt><dd>${shown(request.database)}</dd>
<dt>Asked at</dt><dd><time datetime="${when}">${when.slice(11, 19)} UTC</time></dd>
</dl>`;
}

function covered({ covers, grantMs, request }: ChallengeView): Html {
  const lines = coveredLines(covers).map(
    ({ verb, resource, note }) =>
      html`<li>${verb} <code>${shown(resource)}</code>${note === '' ? '' : html` <span class="soft">${note}</span>`}</li>`,
  );
  return html`<ul>${lines}</ul>
<p class="soft small note">For ${duration(grantMs)}, in every connection of ${shown(request.principal.id)} from ${shown(request.address)}. Nothing else.</p>`;
}

function proofForm({ csrfToken, digits, problem }: ChallengePage, path: string, remainingMs: number): Html {
  const described = problem === undefined ? 'code-hint' : 'problem code-hint';
  return html`<form method="post" action="${path}/confirm" autocomplete="off">
<input type="hidden" name="token" value="${csrfToken}">
${problem === undefined ? '' : html`<p class="notice" id="problem" role="alert">${problem}</p>`}
<div class="top">
<label for="code">Code from your authenticator app</label>
<p class="left small" role="timer" aria-live="off"><strong id="time-left">${clock(remainingMs)}</strong> left</p>
</div>
<span class="soft small" id="code-hint">${digits} digits. Each code works once.</span>
<div class="row">
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="16" required autofocus spellcheck="false" aria-describedby="${described}" ${problem === undefined ? '' : html`aria-invalid="true"`}>
<button class="primary" type="submit">Confirm</button>
</div>
</form>`;
}

/** Text that a client chose: escaped by html``, and without characters that hide. */
function shown(text: string): Html {
  return html`${visibleParts(text).map((part) =>
    part.kind === 'text' ? part.text : html`<span class="invisible" title="invisible character">${part.text}</span>`,
  )}`;
}
