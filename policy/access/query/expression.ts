import { unsupported } from '../refusal.ts';
import type { TaggedNode, Tree } from '../tree.ts';
import { bool, isTree, list, locationOf, names, nodeOf, num, tree } from '../tree.ts';
import { consume } from './calls.ts';
import { columnReference } from './column-ref.ts';
import type { Context } from './context.ts';
import { alternatives, madeOf } from './expression-types.ts';
import { functionCall } from './function-call.ts';
import { indirection } from './indirection.ts';
import { jsonExpression, xmlExpression } from './json-xml.ts';
import { requireKnown } from './known-fields.ts';
import { parameterValue } from './parameters.ts';
import { operatorExpression } from './operator-expression.ts';
import { useOperator } from './operators.ts';
import { requireServer } from './server-version.ts';
import { rowExpression } from './row-expression.ts';
import type { Scope } from './scope.ts';
import { subLink } from './sub-link.ts';
import { castValue } from './type-name.ts';
import type { Reading, StaticType, Value } from './value.ts';
import { BUILTIN, LITERAL, mergeLineages, NO_LINEAGE, NOTHING } from './value.ts';

type Rule = (context: Context, body: Tree, scope: Scope, reading: Reading) => Value;

const INTEGER = 23;
const BOOLEAN = 16;

function constantType(body: Tree): StaticType {
  if (body['ival'] !== undefined) return { kind: 'builtin', oid: INTEGER };
  return body['boolval'] === undefined ? BUILTIN : { kind: 'builtin', oid: BOOLEAN };
}

const constant: Rule = (_context, body) => {
  const isUntyped = body['sval'] !== undefined || bool(body, 'isnull');
  return { lineage: NO_LINEAGE, type: isUntyped ? LITERAL : constantType(body) };
};
const nothing: Rule = () => NOTHING;
const parameter: Rule = (context, body) => parameterValue(context, num(body, 'number'));
const placeholder: Rule = () => ({ lineage: NO_LINEAGE, type: LITERAL });

/** Everything below it flows in, and the result is a boolean or some other built-in. */
const predicate: Rule = (context, body, scope, reading) => {
  const values = childValues(context, body, ['arg', 'args'], scope, reading);
  return { lineage: mergeLineages(values.map((value) => value.lineage)), type: BUILTIN };
};

/** COALESCE, GREATEST, LEAST: one of its arguments. */
const choice: Rule = (context, body, scope, reading) =>
  alternatives(context, childValues(context, body, ['args'], scope, reading), locationOf(body));

const typeCast: Rule = (context, body, scope, reading) => {
  const typeName = tree(body, 'typeName');
  if (typeName === undefined) throw unsupported('TypeCast', locationOf(body));
  return castValue(context, context.expression(body['arg'], scope, reading), typeName, locationOf(body));
};

/** What `COLLATE` and a named argument wrap stays what it is. */
const wrapper: Rule = (context, body, scope, reading) => context.expression(body['arg'], scope, reading);

const caseExpression: Rule = (context, body, scope, reading) => {
  const tested = body['arg'] === undefined ? undefined : context.expression(body['arg'], scope, reading);
  const conditions: Value[] = tested === undefined ? [] : [tested];
  const results: Value[] = [];
  for (const node of list(body, 'args')) {
    const when = expectNode(node, 'CaseWhen');
    const condition = context.expression(when['expr'], scope, reading);
    if (tested !== undefined) useOperator(context, ['='], [tested, condition], locationOf(when));
    conditions.push(condition);
    results.push(context.expression(when['result'], scope, reading));
  }
  if (body['defresult'] !== undefined) results.push(context.expression(body['defresult'], scope, reading));
  const result = alternatives(context, results, locationOf(body));
  // Which result comes out tells what the conditions saw.
  const lineage = mergeLineages([...conditions.map((value) => value.lineage), result.lineage]);
  return { lineage, type: result.type };
};

const arrayExpression: Rule = (context, body, scope, reading) => {
  const values = childValues(context, body, ['elements'], scope, reading);
  // The array's type is not followed: what its elements can be cast to is charged here.
  for (const value of values) consume(context, value, locationOf(body));
  const lineage = mergeLineages(values.map((value) => value.lineage));
  return {
    lineage,
    type: madeOf(
      context,
      values.map((value) => value.type),
    ),
  };
};

const grouping: Rule = (context, body, scope) => {
  childValues(context, body, ['args'], scope, 'condition');
  return NOTHING;
};

const sortKey: Rule = (context, body, scope, reading) => {
  const value = context.expression(body['node'], scope, reading);
  const operator = names(list(body, 'useOp'));
  if (operator.length > 0) useOperator(context, operator, [value, value], locationOf(body));
  return value;
};

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['A_Const', constant],
  ['ParamRef', parameter],
  ['ColumnRef', columnReference],
  ['A_Expr', operatorExpression],
  ['FuncCall', functionCall],
  ['TypeCast', typeCast],
  ['CollateClause', wrapper],
  ['NamedArgExpr', wrapper],
  ['SubLink', subLink],
  ['CaseExpr', caseExpression],
  ['A_ArrayExpr', arrayExpression],
  ['A_Indirection', indirection],
  ['RowExpr', rowExpression],
  ['GroupingFunc', grouping],
  ['CoalesceExpr', choice],
  ['MinMaxExpr', choice],
  ['NullTest', predicate],
  ['BooleanTest', predicate],
  ['BoolExpr', predicate],
  ['SQLValueFunction', nothing],
  ['CurrentOfExpr', nothing],
  ['MergeSupportFunc', nothing],
  ['SetToDefault', placeholder],
  ['SortBy', sortKey],
  ['XmlExpr', xmlExpression],
  ['XmlSerialize', xmlExpression],
]);

/** One expression node; node kinds without a rule are refused. */
export function evaluate(context: Context, node: unknown, scope: Scope, reading: Reading): Value {
  const tagged = expectTagged(node);
  requireKnown(tagged.tag, tagged.body);
  requireServer(context, tagged.tag, locationOf(tagged.body));
  const rule = RULES.get(tagged.tag);
  if (rule !== undefined) return rule(context, tagged.body, scope, reading);
  if (tagged.tag.startsWith('Json')) return jsonExpression(context, tagged, scope, reading);
  throw unsupported(tagged.tag, locationOf(tagged.body));
}

function expectTagged(node: unknown): TaggedNode {
  const tagged = nodeOf(node);
  if (tagged === undefined) throw unsupported(isTree(node) ? 'a node of an unknown shape' : 'a missing expression');
  return tagged;
}

export function expectNode(node: unknown, tag: string): Tree {
  const tagged = expectTagged(node);
  if (tagged.tag !== tag) throw unsupported(tagged.tag, locationOf(tagged.body));
  requireKnown(tag, tagged.body);
  return tagged.body;
}

function childValues(
  context: Context,
  body: Tree,
  fields: readonly string[],
  scope: Scope,
  reading: Reading,
): readonly Value[] {
  const children = fields.flatMap((field) => (Array.isArray(body[field]) ? list(body, field) : [body[field]]));
  return children.filter((child) => child !== undefined).map((child) => context.expression(child, scope, reading));
}
