/**
 * How deep a statement's tree can get, told from its text in one linear pass, before the parser sees it: 16 KB of
 * `1+1+1+...` hang libpg-query's WASM, and deep brackets overflow its stack. An upper bound, not a parse: a wrong reading
 * of an exotic literal costs a refusal or a replaced worker, never a missed access.
 */

type Frame = {
  readonly isCase: boolean;
  /** Operators of the current element (between commas), and the deepest bracket seen in it. */
  operators: number;
  inner: number;
  /** Deepest element so far. */
  deepest: number;
  /** JOINs and set operations: they nest to the left across elements. */
  spine: number;
};

const TOKEN =
  /[eE]'(?:[^'\\]|\\[^]|'')*'?|'[^']*'?|"[^"]*"?|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|--[^\n\r]*|\/\*|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[()[\],;]|::|[-+*/<>=~!@#%^&|`?:]+|\d[\w.]*/g;

const PREFIX_OR_POSTFIX = new Set([
  'not',
  'is',
  'isnull',
  'notnull',
  'collate',
  'at',
  'in',
  'like',
  'ilike',
  'similar',
  'between',
  'overlaps',
]);
const SPINE = new Set(['join', 'union', 'except', 'intersect']);
const ELEMENT_END = new Set(['and', 'or', 'where', 'select', 'having', 'when', 'then', 'else', 'set', 'values']);

/** @returns an upper bound of the height of the text's parse tree, in nested expressions; infinite: its comments take too long */
export function estimateNesting(text: string): number {
  const scan = new NestingScan();
  const comments = new CommentCost(text);
  const tokens = new RegExp(TOKEN.source, TOKEN.flags);
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const token = match[0];
    if (token === '/*') tokens.lastIndex = endOfComment(text, match.index, comments);
    else if (token.startsWith('$') && token.endsWith('$'))
      tokens.lastIndex = endOfDollarQuote(text, token, tokens.lastIndex);
    else scan.take(token);
  }
  return comments.isTooHigh ? Number.POSITIVE_INFINITY : scan.finish();
}

class NestingScan {
  private readonly stack: Frame[] = [emptyFrame()];
  private depthSeen = 0;

  take(token: string): void {
    if (token === '(' || token === '[') this.open(false);
    else if (token === ')' || token === ']') this.close();
    else if (token === ',') endElement(this.top());
    else if (token === ';') this.endStatement();
    else if (/^[a-z]/i.test(token)) this.word(token.toLowerCase());
    else if (/^[-+*/<>=~!@#%^&|`?:]/.test(token) && !token.startsWith('--')) this.top().operators += operatorsIn(token);
  }

  finish(): number {
    this.endStatement();
    return this.depthSeen;
  }

  private word(word: string): void {
    if (word === 'case') this.open(true);
    else if (word === 'end' && this.top().isCase) this.close();
    else if (PREFIX_OR_POSTFIX.has(word)) this.top().operators += 1;
    else if (SPINE.has(word)) this.top().spine += 1;
    else if (ELEMENT_END.has(word)) endElement(this.top());
  }

  private open(isCase: boolean): void {
    this.stack.push(emptyFrame(isCase));
  }

  private close(): void {
    if (this.stack.length === 1) return;
    const height = heightOf(this.stack.pop() ?? emptyFrame());
    const parent = this.top();
    parent.inner = Math.max(parent.inner, height);
  }

  private endStatement(): void {
    while (this.stack.length > 1) this.close();
    this.depthSeen = Math.max(this.depthSeen, heightOf(this.stack.pop() ?? emptyFrame()));
    this.stack.push(emptyFrame());
  }

  private top(): Frame {
    return this.stack[this.stack.length - 1] ?? emptyFrame();
  }
}

/** NAMEDATALEN - 1: what is longer is no operator, and may be comments between signs (see CommentCost). */
const MAX_OPERATOR_CHARS = 63;

/** `+++1` is three operators: PostgreSQL's lexer takes trailing signs off an operator of these characters. */
function operatorsIn(token: string): number {
  return token.length > MAX_OPERATOR_CHARS || /^[-+*/<>=]+$/.test(token) ? token.length : 1;
}

function emptyFrame(isCase = false): Frame {
  return { isCase, operators: 0, inner: 0, deepest: 0, spine: 0 };
}

function endElement(frame: Frame): void {
  frame.deepest = Math.max(frame.deepest, frame.operators + frame.inner);
  frame.operators = 0;
  frame.inner = 0;
}

function heightOf(frame: Frame): number {
  endElement(frame);
  return frame.deepest + frame.spine + 1;
}

/** Comments nest in PostgreSQL. @param start of the comment */
function endOfComment(text: string, start: number, cost: CommentCost): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let open = 0;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    if (match[0] === '/*') cost.add(match.index);
    open += match[0] === '/*' ? 1 : -1;
    if (open === 0) return marks.lastIndex;
  }
  return text.length;
}

const OPERATOR_CHARS = /[-+*/<>=~!@#%^&|`?]*/y;
/** A tenth of a second. */
const MAX_COMMENT_COST = 20_000_000;

/**
 * PostgreSQL's lexer reads on to the end of the run of operator characters at each start of a comment, and then goes back:
 * a quarter of a million comments in a row, or inside one another, take it minutes.
 * @see scan.l, xcstart
 */
class CommentCost {
  private readonly text: string;
  private readonly run = new RegExp(OPERATOR_CHARS.source, OPERATOR_CHARS.flags);
  private runEnd = 0;
  private chars = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isTooHigh(): boolean {
    return this.chars > MAX_COMMENT_COST;
  }

  /** @param at where a comment starts */
  add(at: number): void {
    if (at >= this.runEnd) {
      this.run.lastIndex = at;
      this.run.test(this.text);
      this.runEnd = this.run.lastIndex;
    }
    this.chars += this.runEnd - at;
  }
}

function endOfDollarQuote(text: string, tag: string, from: number): number {
  const end = text.indexOf(tag, from);
  return end < 0 ? text.length : end + tag.length;
}
