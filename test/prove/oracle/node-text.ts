/** A node of a query tree as the server prints it; every value is text, a list, a node, or undefined for `<>`. */
export type ServerNode = { readonly tag: string; readonly fields: ReadonlyMap<string, NodeValue> };
export type NodeValue = string | undefined | ServerNode | NodeList;
export type NodeList = readonly NodeValue[];

/**
 * Reads PostgreSQL's text form of query trees, `({QUERY :commandType 1 ...})`, as debug_print_rewritten prints it.
 * Bitmaps and lists of numbers keep their first word: `(b 8 9)` is `['b', '8', '9']`.
 * @throws Error where the text is something else
 * @see PostgreSQL's source, nodes/outfuncs.c and nodes/read.c
 */
export function parseNodeText(text: string): NodeValue {
  return new NodeReader(text).value();
}

const DELIMITERS = new Set(' \n\t\r(){}'.split('').map((char) => char.charCodeAt(0)));

/** The end of the text ends a word, too. */
function isDelimiter(code: number): boolean {
  return DELIMITERS.has(code) || Number.isNaN(code);
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

class NodeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): NodeValue {
    this.#skipSpace();
    const start = this.#text[this.#at];
    if (start === undefined) throw new Error('the tree ends too early');
    if (start === '{') return this.#node();
    if (start === '(') return this.#list();
    if (start === '"') return this.#quoted();
    return this.#word();
  }

  #node(): ServerNode {
    this.#at += 1;
    const tag = this.#word() ?? '';
    const fields = new Map<string, NodeValue>();
    for (let next = this.#peek(); next !== '}'; next = this.#peek()) {
      // Raw constants in utility statements have a value without a name: `{A_CONST NULL :location 12}`.
      if (next === ':') fields.set((this.#word() ?? '').slice(1), this.#fieldValue());
      else this.value();
    }
    this.#at += 1;
    return { tag, fields };
  }

  /** A constant is a length and its bytes: `5 [ 20 0 0 0 120 ]`. Only the first word after a name can start with a colon. */
  #fieldValue(): NodeValue {
    const first = this.value();
    for (let next = this.#peek(); next !== ':' && next !== '}'; next = this.#peek()) this.value();
    return first;
  }

  #list(): NodeList {
    this.#at += 1;
    const values: NodeValue[] = [];
    while (this.#peek() !== ')') values.push(this.value());
    this.#at += 1;
    return values;
  }

  #quoted(): string {
    this.#at += 1;
    let text = '';
    for (let char = this.#char(); char !== '"'; char = this.#char()) text += char === '\\' ? this.#escaped() : char;
    return text;
  }

  #word(): string | undefined {
    const start = this.#at;
    let end = start;
    while (!isDelimiter(this.#text.charCodeAt(end))) end += this.#text[end] === '\\' ? 2 : 1;
    this.#at = end;
    const word = this.#text.slice(start, end);
    if (word === '<>') return undefined;
    return word === '""' ? '' : word.replaceAll(/\\([\s\S])/g, (_, char: string) => (char === '\n' ? ' ' : char));
  }

  /** The server breaks lines at blanks, also at those that are part of a name. */
  #escaped(): string {
    const char = this.#char();
    return char === '\n' ? ' ' : char;
  }

  #char(): string {
    const char = this.#text[this.#at];
    if (char === undefined) throw new Error('the tree ends too early');
    this.#at += 1;
    return char;
  }

  #peek(): string {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === undefined) throw new Error('the tree ends too early');
    return char;
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }
}

export function isList(value: NodeValue): value is NodeList {
  return Array.isArray(value);
}

export function isNode(value: NodeValue): value is ServerNode {
  return typeof value === 'object' && 'tag' in value;
}

export function nodesIn(value: NodeValue): readonly ServerNode[] {
  return isList(value) ? value.filter(isNode) : isNode(value) ? [value] : [];
}

export function numberIn(node: ServerNode, field: string): number {
  const value = node.fields.get(field);
  return typeof value === 'string' ? Number(value) : 0;
}

export function textIn(node: ServerNode, field: string): string {
  const value = node.fields.get(field);
  return typeof value === 'string' ? value : '';
}

export function flagIn(node: ServerNode, field: string): boolean {
  return node.fields.get(field) === 'true';
}

/** The members of a bitmap or a list of numbers. */
export function membersIn(node: ServerNode, field: string): readonly number[] {
  const value = node.fields.get(field);
  return isList(value) ? value.slice(1).map(Number) : [];
}
