/** `schema.table`, `schema.table.column` or `function schema.name`; each part may hold `*`, and may be quoted. */
export type TagPattern = {
  readonly kind: 'table' | 'column' | 'function';
  /** One test for each part of the name, in order. */
  readonly parts: readonly RegExp[];
  readonly text: string;
};

export type ParsedPattern =
  | { readonly kind: 'pattern'; readonly pattern: TagPattern }
  | { readonly kind: 'invalid'; readonly message: string };

const PART = /^(?:"((?:[^"]|"")+)"|([^\s".]+))(?:\.|$)/;

/**
 * Reads a pattern as it stands in the config. Unquoted parts fold to lower case as PostgreSQL folds identifiers, and `*`
 * in them stands for any characters; in a quoted part everything stands for itself.
 */
export function parseTagPattern(text: string): ParsedPattern {
  const trimmed = text.trim();
  const isFunction = /^function\s/i.test(trimmed);
  const parts = splitParts(isFunction ? trimmed.slice('function'.length).trim() : trimmed);
  if (parts === undefined) return invalid(text, 'is not a list of names with dots between them');
  if (isFunction) {
    if (parts.length !== 2) return invalid(text, 'must be "function schema.name"');
    return { kind: 'pattern', pattern: { kind: 'function', parts, text } };
  }
  if (parts.length === 2) return { kind: 'pattern', pattern: { kind: 'table', parts, text } };
  if (parts.length === 3) return { kind: 'pattern', pattern: { kind: 'column', parts, text } };
  return invalid(text, 'must be "schema.table", "schema.table.column" or "function schema.name"');
}

function invalid(text: string, why: string): ParsedPattern {
  return { kind: 'invalid', message: `tag pattern "${text}" ${why}` };
}

function splitParts(text: string): readonly RegExp[] | undefined {
  const parts: RegExp[] = [];
  for (let rest = text; rest !== ''; ) {
    const match = PART.exec(rest);
    // A dot at the very end promises a part that is not there.
    if (match === null || (match[0].length === rest.length && match[0].endsWith('.'))) return undefined;
    const [all, quoted, bare] = match;
    parts.push(quoted === undefined ? globOf(foldAscii(bare ?? '')) : literalOf(quoted.replaceAll('""', '"')));
    rest = rest.slice(all.length);
  }
  return parts;
}

function foldAscii(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function globOf(part: string): RegExp {
  return new RegExp(`^${part.split('*').map(escape).join('.*')}$`, 'su');
}

function literalOf(name: string): RegExp {
  return new RegExp(`^${escape(name)}$`, 'su');
}

function escape(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
