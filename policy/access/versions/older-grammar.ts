import { isTree, list, locationOf, names, nodeOf, type TaggedNode, type Tree } from '../tree.ts';
import { newKeywordIn } from './new-keywords.ts';
import { OLDER_READINGS, type OlderServer } from './older-readings.ts';

/**
 * The parser's tree, which is PostgreSQL 18's, with the meaning that an older server gives the same text: what became syntax
 * since is a name or a call there. Attack otherwise: on version 15, `SELECT system_user FROM t` reads a column and
 * `json_scalar(17)` calls a function that somebody made, and both look like harmless syntax here.
 * Forms that the older server refuses are left as they are.
 */
export function asServerReads(tree: Tree, text: string, serverMajor: number): Tree {
  if (newKeywordIn(text, serverMajor) === undefined) return tree;
  const server: OlderServer = { major: serverMajor, wordAt: wordReader(text) };
  return rewriteFields(tree, server);
}

function rewriteFields(body: Tree, server: OlderServer): Tree {
  return Object.fromEntries(Object.entries(body).map(([field, value]) => [field, rewrite(value, server)]));
}

function rewrite(value: unknown, server: OlderServer): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, server));
  if (!isTree(value)) return value;
  const below = rewriteFields(value, server);
  const node = nodeOf(below);
  return (node === undefined ? undefined : olderNode(node, server)) ?? olderType(below, server);
}

function olderNode(node: TaggedNode, server: OlderServer): Tree | undefined {
  const reading = OLDER_READINGS.get(node.tag);
  return reading === undefined || server.major >= reading.since ? undefined : reading.read(node.body, server);
}

/** The type `json` is found by the search_path before version 17, and is always the built-in one from then on. */
function olderType(body: Tree, server: OlderServer): Tree {
  if (server.major >= 17 || !('typemod' in body) || names(list(body, 'names')).join('.') !== 'pg_catalog.json')
    return body;
  if (server.wordAt(locationOf(body)) !== 'json') return body;
  return { ...body, names: [{ String: { sval: 'json' } }] };
}

function wordReader(text: string): OlderServer['wordAt'] {
  const bytes = Buffer.from(text);
  return (byteOffset) => {
    if (byteOffset === undefined) return '';
    const ahead = bytes.toString('latin1', byteOffset, byteOffset + 64);
    return /^[A-Za-z_][A-Za-z0-9_$\x80-\xff]*/.exec(ahead)?.[0].toLowerCase() ?? '';
  };
}
