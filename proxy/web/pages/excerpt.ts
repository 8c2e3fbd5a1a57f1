import type { Span } from '../../../policy/access/facts.ts';

/** A piece of the statement for the page; `gap` counts the characters that are left out. */
export type Piece =
  | { readonly kind: 'plain' | 'marked'; readonly text: string }
  | { readonly kind: 'gap'; readonly characters: number };

const wholeUpTo = 6_000;
const contextCharacters = 240;
const maxMarks = 100;

/**
 * Cuts a statement into marked and plain pieces. A long one is shown around its marked parts, so that they are seen and
 * not pushed out of sight by padding in front of them.
 * @param spans half-open, UTF-16 units, in any order; overlapping ones become one
 */
export function excerpt(text: string, spans: readonly Span[]): readonly Piece[] {
  const marks = mergeSpans(text, spans).slice(0, maxMarks);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of marks) {
    pieces.push(...plain(text.slice(at, start), text.length, at === 0, false));
    pieces.push({ kind: 'marked', text: shorten(text.slice(start, end)) });
    at = end;
  }
  pieces.push(...plain(text.slice(at), text.length, at === 0, true));
  return pieces;
}

export function mergeSpans(text: string, spans: readonly Span[]): readonly Span[] {
  const inside = spans
    .map(({ start, end }) => ({ start: Math.max(0, start), end: Math.min(text.length, end) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  const merged: Span[] = [];
  for (const span of inside) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else merged.push(span);
  }
  return merged;
}

/** The text between two marks: whole where the statement is short, else its two ends. */
function plain(text: string, total: number, isFirst: boolean, isLast: boolean): readonly Piece[] {
  if (text === '') return [];
  const head = isFirst && !isLast ? 0 : contextCharacters;
  const tail = isLast && !isFirst ? 0 : contextCharacters;
  const left = text.length - head - tail;
  if (total <= wholeUpTo || left <= contextCharacters) return [{ kind: 'plain', text }];
  const pieces: readonly Piece[] = [
    { kind: 'plain', text: text.slice(0, head) },
    { kind: 'gap', characters: left },
    { kind: 'plain', text: text.slice(text.length - tail) },
  ];
  return pieces.filter((piece) => piece.kind === 'gap' || piece.text !== '');
}

function shorten(text: string): string {
  return text.length <= 2 * contextCharacters
    ? text
    : `${text.slice(0, contextCharacters)} … ${text.slice(-contextCharacters)}`;
}
