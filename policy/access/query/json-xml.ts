import { unsupported } from '../refusal.ts';
import type { TaggedNode, Tree } from '../tree.ts';
import { bodyOf, isTree, list, locationOf, nodeOf, tree } from '../tree.ts';
import { consume } from './calls.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { Scope } from './scope.ts';
import { castValue } from './type-name.ts';
import type { Lineage, Reading, Value } from './value.ts';
import { BUILTIN, lineageOfRows, mergeLineages, NO_LINEAGE } from './value.ts';
import { useWindow } from './window.ts';

/** XMLELEMENT, XMLSERIALIZE and the like: everything inside flows in. */
export function xmlExpression(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const named = list(body, 'named_args').map((node) => bodyOf(node, 'ResTarget')?.['val']);
  const inner = body['expr'] === undefined ? [] : [body['expr']];
  const values = [...named, ...list(body, 'args'), ...inner].map((node) => context.expression(node, scope, reading));
  for (const value of values) consume(context, value, locationOf(body));
  const value: Value = { lineage: mergeLineages(values.map((one) => one.lineage)), type: BUILTIN };
  const typeName = tree(body, 'typeName');
  return typeName === undefined ? value : castValue(context, value, typeName, locationOf(body));
}

/**
 * SQL/JSON: constructors, query functions, aggregates. Their helper nodes are sometimes wrapped in their name and sometimes
 * not; the walk goes through every field that can hold an expression.
 */
export function jsonExpression(context: Context, node: TaggedNode, scope: Scope, reading: Reading): Value {
  const lineages: Lineage[] = [];
  walkJson(context, node, scope, reading, lineages);
  return { lineage: mergeLineages(lineages), type: BUILTIN };
}

/** Fields whose type is one message, by the message's name. */
const UNWRAPPED: ReadonlyMap<string, string> = new Map([
  ['context_item', 'JsonValueExpr'],
  ['format', 'JsonFormat'],
  ['output', 'JsonOutput'],
  ['returning', 'JsonReturning'],
  ['on_empty', 'JsonBehavior'],
  ['on_error', 'JsonBehavior'],
  ['constructor', 'JsonAggConstructor'],
  ['value', 'JsonValueExpr'],
  ['val', 'JsonValueExpr'],
]);

function walkJson(context: Context, node: TaggedNode, scope: Scope, reading: Reading, into: Lineage[]): void {
  requireKnown(node.tag, node.body);
  for (const field in node.body) {
    const value = node.body[field];
    if (Array.isArray(value)) for (const item of value) walkChild(context, field, item, scope, reading, into);
    else if (isTree(value)) walkField(context, node.tag, field, value, scope, reading, into);
  }
}

function walkField(
  context: Context,
  tag: string,
  field: string,
  value: Tree,
  scope: Scope,
  reading: Reading,
  into: Lineage[],
): void {
  if (field === 'typeName') castValue(context, { lineage: NO_LINEAGE, type: BUILTIN }, value);
  else if (field === 'over') useWindow(context, value, scope, 'condition');
  else if (field === 'query') into.push(lineageOfRows(context.query(value, scope, reading)));
  else {
    const message = unwrappedName(tag, field);
    if (message === undefined) walkChild(context, field, value, scope, reading, into);
    else walkJson(context, { tag: message, body: value }, scope, reading, into);
  }
}

/** `expr` and `arg` are messages in some nodes and wrapped nodes in others. */
function unwrappedName(tag: string, field: string): string | undefined {
  if (field === 'expr') return tag === 'JsonParseExpr' || tag === 'JsonSerializeExpr' ? 'JsonValueExpr' : undefined;
  if (field === 'arg') return tag === 'JsonObjectAgg' ? 'JsonKeyValue' : 'JsonValueExpr';
  return UNWRAPPED.get(field);
}

function walkChild(
  context: Context,
  field: string,
  child: unknown,
  scope: Scope,
  reading: Reading,
  into: Lineage[],
): void {
  const node = nodeOf(child);
  if (node === undefined) throw unsupported(`${field} of a JSON expression`);
  if (HELPERS.has(node.tag)) return walkJson(context, node, scope, reading, into);
  const isSteering = field === 'agg_filter' || field === 'agg_order';
  const value = context.expression(child, scope, isSteering ? 'condition' : reading);
  consume(context, value, locationOf(node.body));
  if (!isSteering) into.push(value.lineage);
}

const HELPERS: ReadonlySet<string> = new Set([
  'JsonValueExpr',
  'JsonFormat',
  'JsonReturning',
  'JsonOutput',
  'JsonArgument',
  'JsonBehavior',
  'JsonKeyValue',
  'JsonAggConstructor',
]);
