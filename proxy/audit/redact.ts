import type { Access, AccessFacts, Effect, Span, StatementFacts } from '../../policy/access/facts.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';
import type { Literal } from './sql-literals.ts';
import { findLiterals } from './sql-literals.ts';

/** How a statement is stored; the facts' spans point into the stored text. */
export type Stored = { readonly text: string; readonly facts: AccessFacts | undefined };

export type LiteralsMode = 'keep' | 'redact';

/**
 * What of a statement may be stored. `redact` takes out strings, numbers and comments; `keep` only what follows the word
 * PASSWORD, which no audit should hold. Where the text cannot be read to its end, all of it goes: fail safe.
 */
export function redactStatement(text: string, facts: AccessFacts | undefined, mode: LiteralsMode): Stored {
  if (mode === 'keep' && !/password/i.test(text)) return { text, facts };
  const found = findLiterals(text);
  if (found === undefined)
    return { text: `[${text.length} characters, redacted]`, facts: facts && withoutSpans(facts) };
  const literals = mode === 'redact' ? found : found.filter(isPassword);
  if (literals.length === 0) return { text, facts };
  const shifted = mapper(literals);
  return {
    text: cutOut(text, literals),
    facts: facts && mapFacts(facts, (span) => ({ start: shifted(span.start), end: shifted(span.end) }), mode),
  };
}

/** An error text may quote the statement: PostgreSQL's grammar does (`syntax error at or near "4111..."`). */
export function redactMessage(message: string, sqlstate: string | undefined, mode: LiteralsMode): string {
  return mode === 'redact' && sqlstate === SQLSTATE.syntaxError ? message.replace(/".*"/s, '"…"') : message;
}

function isPassword(literal: Literal): boolean {
  return literal.kind === 'string' && literal.after === 'password';
}

const replacements = { string: "'…'", number: '…', comment: '/* … */' } as const;

function cutOut(text: string, literals: readonly Literal[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { kind, start, end } of literals) {
    parts.push(text.slice(from, start), replacements[kind]);
    from = end;
  }
  return parts.join('') + text.slice(from);
}

/** Where an offset of the original text is in the redacted one; inside a literal: its start. */
function mapper(literals: readonly Literal[]): (offset: number) => number {
  return (offset) => {
    let shift = 0;
    for (const { kind, start, end } of literals) {
      if (offset <= start) break;
      if (offset < end) return start + shift;
      shift += replacements[kind].length - (end - start);
    }
    return offset + shift;
  };
}

type MapSpan = (span: Span) => Span;

function mapFacts(facts: AccessFacts, map: MapSpan, mode: LiteralsMode): AccessFacts {
  const statement = (s: StatementFacts): StatementFacts => ({
    ...s,
    span: map(s.span),
    accesses: s.accesses.map((access): Access => ({ ...access, spans: access.spans.map(map) })),
    opaque: s.opaque.map((opaque) => ({ ...opaque, spans: opaque.spans.map(map) })),
    effects: s.effects.map((effect) => mapEffect(effect, map, mode)),
  });
  return { statements: facts.statements.map(statement) };
}

function mapEffect(effect: Effect, map: MapSpan, mode: LiteralsMode): Effect {
  if (effect.kind === 'prepare') return { ...effect, body: map(effect.body) };
  // The spans in `sources` belong to earlier statements' texts and stay.
  if (effect.kind === 'set' && effect.value !== undefined && mode === 'redact') return { ...effect, value: '…' };
  return effect;
}

function withoutSpans(facts: AccessFacts): AccessFacts {
  const statement = (s: StatementFacts): StatementFacts => ({
    ...s,
    span: { start: 0, end: 0 },
    accesses: s.accesses.map((access): Access => ({ ...access, spans: [] })),
    opaque: s.opaque.map((opaque) => ({ ...opaque, spans: [] })),
    effects: s.effects.map((effect) => mapEffect(effect, () => ({ start: 0, end: 0 }), 'redact')),
  });
  return { statements: facts.statements.map(statement) };
}
