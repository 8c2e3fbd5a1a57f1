/** A part of a statement that carries a value of its writer: `start` inclusive, `end` exclusive, UTF-16 code units. */
export type Literal = {
  readonly kind: 'string' | 'number' | 'comment';
  readonly start: number;
  readonly end: number;
  /** The word before it, in lower case, where only white space stands between: `password` in PASSWORD 'x'. */
  readonly after: string | undefined;
};

type Token = {
  readonly kind: Literal['kind'] | 'word' | 'other';
  readonly end: number;
};

const patterns = {
  space: /[ \t\n\r\f\v]+/y,
  lineComment: /--[^\n\r]*/y,
  // Letters right behind a number are junk that PostgreSQL refuses: they go with it, to be on the safe side.
  number: /(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[A-Za-z0-9_$\u0080-\uffff]*/y,
  word: /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y,
  parameter: /\$\d+/y,
  dollarTag: /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y,
  stringPrefix: /(?:[eEbBxXnN]|[uU]&)?'/y,
  // Strings with a line break between them are one: the second keeps the escapes of the first.
  continuation: /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*(?=[\n\r]))*'/y,
} as const;

/**
 * Finds the literals and comments of a text as PostgreSQL's lexer would, with standard_conforming_strings on.
 * @returns undefined where the text cannot be read to its end (an unterminated string, quoted name or comment)
 * @see PostgreSQL manual, "Lexical Structure"; src/backend/parser/scan.l
 */
export function findLiterals(text: string): readonly Literal[] | undefined {
  const found: Literal[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    const blank = matchEnd(patterns.space, text, at);
    if (blank !== undefined) {
      at = blank;
      continue;
    }
    const token = nextToken(text, at);
    if (token === undefined) return undefined;
    if (token.kind !== 'word' && token.kind !== 'other') {
      found.push({ kind: token.kind, start: at, end: token.end, after: word });
    }
    if (token.kind !== 'comment') word = token.kind === 'word' ? text.slice(at, token.end).toLowerCase() : undefined;
    at = token.end;
  }
  return found;
}

function nextToken(text: string, at: number): Token | undefined {
  const comment = commentEnd(text, at);
  if (comment !== 'none') return comment === undefined ? undefined : { kind: 'comment', end: comment };
  const quote = matchEnd(patterns.stringPrefix, text, at);
  if (quote !== undefined) return located('string', quotedEnd(text, quote, /[eE]/.test(text.charAt(at))));
  if (text[at] === '"') return located('other', plainQuoteEnd(text, at + 1, '"'));
  if (/^[uU]&"/.test(text.slice(at, at + 3))) return located('other', plainQuoteEnd(text, at + 3, '"'));
  const word = matchEnd(patterns.word, text, at);
  if (word !== undefined) return { kind: 'word', end: word };
  const number = matchEnd(patterns.number, text, at);
  if (number !== undefined) return { kind: 'number', end: number };
  if (text[at] === '$') return dollarToken(text, at);
  return { kind: 'other', end: at + 1 };
}

function located(kind: Token['kind'], end: number | undefined): Token | undefined {
  return end === undefined ? undefined : { kind, end };
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** The end of a comment that starts here; 'none' where none does; undefined where it never ends. */
function commentEnd(text: string, at: number): number | 'none' | undefined {
  const line = matchEnd(patterns.lineComment, text, at);
  if (line !== undefined) return line;
  if (!text.startsWith('/*', at)) return 'none';
  // PostgreSQL nests them, unlike C.
  let depth = 1;
  for (let i = at + 2; i < text.length; i++) {
    if (text.startsWith('/*', i)) {
      depth++;
      i++;
    } else if (text.startsWith('*/', i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return undefined;
}

/** The end of a '…' string whose opening quote has been read, its continuations on later lines included. */
function quotedEnd(text: string, start: number, hasEscapes: boolean): number | undefined {
  let end = hasEscapes ? escapedQuoteEnd(text, start) : plainQuoteEnd(text, start, "'");
  while (end !== undefined) {
    const next = matchEnd(patterns.continuation, text, end);
    if (next === undefined) return end;
    end = hasEscapes ? escapedQuoteEnd(text, next) : plainQuoteEnd(text, next, "'");
  }
  return undefined;
}

function plainQuoteEnd(text: string, start: number, quote: string): number | undefined {
  for (let i = text.indexOf(quote, start); i !== -1; i = text.indexOf(quote, i + 2)) {
    if (text[i + 1] !== quote) return i + 1;
  }
  return undefined;
}

function escapedQuoteEnd(text: string, start: number): number | undefined {
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === "'") {
      if (text[i + 1] !== "'") return i + 1;
      i++;
    }
  }
  return undefined;
}

function dollarToken(text: string, at: number): Token | undefined {
  const parameter = matchEnd(patterns.parameter, text, at);
  if (parameter !== undefined) return { kind: 'other', end: parameter };
  const open = matchEnd(patterns.dollarTag, text, at);
  if (open === undefined) return { kind: 'other', end: at + 1 };
  const tag = text.slice(at, open);
  const close = text.indexOf(tag, open);
  return close === -1 ? undefined : { kind: 'string', end: close + tag.length };
}
