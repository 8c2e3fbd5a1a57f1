import type { Document } from 'yaml';
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';

export type KeyPath = readonly (string | number)[];

/** One mistake in the config file: where and what. */
export type ConfigError = {
  /** `listen.port`, `ladder[0].aal`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** 1-based; undefined where the file could not be read. */
  readonly line?: number;
};

/** A parsed YAML text that still knows its lines. */
export type YamlSource = {
  readonly value: unknown;
  readonly errors: readonly ConfigError[];
  /** The line of a value; where the key is missing, that of the nearest section that is there. */
  lineOf(path: KeyPath): number;
  /** The line on which a key is written, for keys that should not be there. */
  lineOfKey(parent: KeyPath, key: string): number;
};

/** Parses one YAML 1.2 document. Never throws: syntax errors and duplicate keys are in `errors`. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const errors = document.errors.map((error) => ({
    path: '',
    message: firstLine(error.message),
    line: lineAt(error.pos[0]),
  }));
  return {
    value: errors.length === 0 ? toValue(document) : undefined,
    errors,
    lineOf: (path) => lineAt(offsetOf(document, path)),
    lineOfKey: (parent, key) => lineAt(offsetOfKey(document, parent, key)),
  };
}

function toValue(document: Document.Parsed): unknown {
  // An empty file is an empty configuration, so that the errors name the missing keys. Aliases are bounded by the parser.
  return document.toJS() ?? {};
}

function offsetOf(document: Document.Parsed, path: KeyPath): number {
  const last = path.at(-1);
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  if (last === undefined) return isNode(node) ? (node.range?.[0] ?? 0) : 0;
  const parent = path.slice(0, -1);
  if (typeof last === 'string') {
    const key = keyOffset(document, parent, last);
    if (key !== undefined) return key;
  }
  if (isNode(node) && node.range) return node.range[0];
  return offsetOf(document, parent);
}

function offsetOfKey(document: Document.Parsed, parent: KeyPath, key: string): number {
  return keyOffset(document, parent, key) ?? offsetOf(document, parent);
}

function keyOffset(document: Document.Parsed, parent: KeyPath, key: string): number | undefined {
  const map: unknown = parent.length === 0 ? document.contents : document.getIn(parent, true);
  if (!isMap(map)) return undefined;
  const pair = map.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

/** `['ladder', 0, 'aal']` as `ladder[0].aal`. */
export function formatPath(path: KeyPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
