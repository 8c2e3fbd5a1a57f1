import { bodyOf, bool, isTree, names, list, nodeOf, num, str, type Tree, tree } from '../tree.ts';

/**
 * The text of a constant, as its type would print it; undefined for NULL and for everything that is not a constant.
 * Takes A_Const and the bare value nodes of DefElem (String, Integer, Float, Boolean).
 */
export function constantText(value: unknown): string | undefined {
  const node = nodeOf(value);
  if (node === undefined) return undefined;
  return node.tag === 'A_Const' ? constText(node.body) : bareText(node.tag, node.body);
}

export function isNullConstant(value: unknown): boolean {
  const constant = bodyOf(value, 'A_Const');
  return constant !== undefined && bool(constant, 'isnull');
}

/** A boolean constant: true, 't', 'yes'::boolean, 1 as DefElem gives it; undefined where it is none. */
export function constantBoolean(value: unknown): boolean | undefined {
  const text = constantText(value) ?? castText(value);
  if (text === undefined) return undefined;
  const word = text.trim().toLowerCase();
  if (word !== '' && ['true', 'yes', 'on', '1'].some((spelling) => matches(spelling, word))) return true;
  return word !== '' && ['false', 'no', 'off', '0'].some((spelling) => matches(spelling, word)) ? false : undefined;
}

/** Any unique prefix counts (`t`, `fals`); a lone `o` is neither on nor off. @see parse_bool_with_len */
function matches(spelling: string, word: string): boolean {
  return spelling.startsWith(word) && word !== 'o';
}

function constText(body: Tree): string | undefined {
  const string = tree(body, 'sval') ?? tree(body, 'bsval');
  if (string !== undefined) return str(string, tree(body, 'sval') === undefined ? 'bsval' : 'sval');
  const integer = tree(body, 'ival');
  if (integer !== undefined) return String(num(integer, 'ival'));
  const float = tree(body, 'fval');
  if (float !== undefined) return str(float, 'fval');
  const boolean = body['boolval'];
  return isTree(boolean) ? String(bool(boolean, 'boolval')) : undefined;
}

function bareText(tag: string, body: Tree): string | undefined {
  if (tag === 'String') return str(body, 'sval');
  if (tag === 'Integer') return String(num(body, 'ival'));
  if (tag === 'Float') return str(body, 'fval');
  return tag === 'Boolean' ? String(bool(body, 'boolval')) : undefined;
}

/** 't'::boolean, as pg_dump and older drivers spell it. */
function castText(value: unknown): string | undefined {
  const cast = bodyOf(value, 'TypeCast');
  const type = cast === undefined ? undefined : tree(cast, 'typeName');
  if (cast === undefined || type === undefined) return undefined;
  const isBoolean = names(list(type, 'names')).join('.') === 'pg_catalog.bool';
  return isBoolean ? constantText(cast['arg']) : undefined;
}
