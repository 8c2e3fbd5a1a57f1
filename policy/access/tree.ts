/**
 * Reading libpg-query's JSON trees without trusting their shape. Protobuf's JSON leaves defaults out (false, 0, ''),
 * so a missing field reads as its default; a field of the wrong kind reads as missing.
 */

export type Tree = { readonly [field: string]: unknown };
export type TaggedNode = { readonly tag: string; readonly body: Tree };

const EMPTY: readonly unknown[] = [];

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{NodeName: {...}}` -> its name and fields; undefined for whatever is not one wrapped node. */
export function nodeOf(value: unknown): TaggedNode | undefined {
  if (!isTree(value)) return undefined;
  let tag: string | undefined;
  for (const name in value) {
    if (tag !== undefined) return undefined;
    tag = name;
  }
  if (tag === undefined) return undefined;
  const body = value[tag];
  return isTree(body) ? { tag, body } : undefined;
}

/** The fields of a wrapped node of that name, or undefined. */
export function bodyOf(value: unknown, tag: string): Tree | undefined {
  const node = nodeOf(value);
  return node?.tag === tag ? node.body : undefined;
}

/** A field whose type is one message: not wrapped in its name. */
export function tree(body: Tree, field: string): Tree | undefined {
  const value = body[field];
  return isTree(value) ? value : undefined;
}

export function list(body: Tree, field: string): readonly unknown[] {
  const value = body[field];
  return Array.isArray(value) ? value : EMPTY;
}

export function str(body: Tree, field: string): string {
  const value = body[field];
  return typeof value === 'string' ? value : '';
}

export function num(body: Tree, field: string): number {
  const value = body[field];
  return typeof value === 'number' ? value : 0;
}

export function bool(body: Tree, field: string): boolean {
  return body[field] === true;
}

/** The text of a String node; undefined for any other node. */
export function stringOf(value: unknown): string | undefined {
  const body = bodyOf(value, 'String');
  return body === undefined ? undefined : str(body, 'sval');
}

/** A list of String nodes as text; nodes of other kinds (A_Star, A_Indices) are left out. */
export function names(values: readonly unknown[]): readonly string[] {
  const texts: string[] = [];
  for (const value of values) {
    const text = stringOf(value);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** The byte offset that a node carries; undefined where the parser gave none (-1, or the node has no such field). */
export function locationOf(body: Tree): number | undefined {
  const value = body['location'];
  if (value === undefined) return 0;
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
