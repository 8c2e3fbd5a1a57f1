import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, locationOf, names, str } from '../tree.ts';
import type { Context } from './context.ts';
import { madeOf } from './expression-types.ts';
import { requireKnown } from './known-fields.ts';
import { useOperator } from './operators.ts';
import type { Scope } from './scope.ts';
import type { Reading, StaticType, Value } from './value.ts';
import { BUILTIN, mergeLineages, UNDETERMINED } from './value.ts';

const KINDS: ReadonlySet<string> = new Set(
  (
    'AEXPR_OP AEXPR_OP_ANY AEXPR_OP_ALL AEXPR_DISTINCT AEXPR_NOT_DISTINCT AEXPR_NULLIF AEXPR_IN AEXPR_LIKE AEXPR_ILIKE ' +
    'AEXPR_SIMILAR AEXPR_BETWEEN AEXPR_NOT_BETWEEN AEXPR_BETWEEN_SYM AEXPR_NOT_BETWEEN_SYM'
  ).split(' '),
);
const COMPARISONS: ReadonlySet<string> = new Set('= <> < > <= >= ~~ !~~ ~~* !~~* ~ !~ ~* !~*'.split(' '));

/**
 * Operators and the constructs that the grammar writes as operators. A long chain (`a || b || c ...`) leans to the left:
 * it is walked in a loop, because recursion would run out of stack before PostgreSQL does.
 */
export function operatorExpression(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const spine = [body];
  let leftmost = body['lexpr'];
  for (let next = bodyOf(leftmost, 'A_Expr'); next !== undefined; next = bodyOf(leftmost, 'A_Expr')) {
    requireKnown('A_Expr', next);
    spine.push(next);
    leftmost = next['lexpr'];
  }
  let left = leftmost === undefined ? undefined : context.expression(leftmost, scope, reading);
  for (const operation of spine.toReversed()) left = applyOperator(context, operation, left, scope, reading);
  if (left === undefined) throw unsupported('A_Expr', locationOf(body));
  return left;
}

function applyOperator(context: Context, body: Tree, left: Value | undefined, scope: Scope, reading: Reading): Value {
  const kind = str(body, 'kind');
  if (!KINDS.has(kind)) throw unsupported(kind, locationOf(body));
  const operator = names(list(body, 'name'));
  const rights = rightOperands(body).map((node) => context.expression(node, scope, reading));
  let isOwn = false;
  for (const right of rights) {
    const operands = left === undefined ? [right] : [left, right];
    if (useOperator(context, operator, operands, locationOf(body))) isOwn = true;
  }
  const operands = left === undefined ? rights : [left, ...rights];
  const lineage = mergeLineages(operands.map((operand) => operand.lineage));
  return { lineage, type: isOwn ? UNDETERMINED : resultType(context, kind, operator.at(-1) ?? '', operands) };
}

/** The right side is one expression, or a list of them (IN, BETWEEN). */
function rightOperands(body: Tree): readonly unknown[] {
  const items = bodyOf(body['rexpr'], 'List');
  return items === undefined ? [body['rexpr']] : list(items, 'items');
}

/** The first operand may have been promoted to the second's type. */
function nullifType(type: StaticType): StaticType {
  return type.kind === 'builtin' ? BUILTIN : type;
}

function resultType(context: Context, kind: string, symbol: string, operands: readonly Value[]): StaticType {
  if (kind === 'AEXPR_NULLIF') return nullifType(operands[0]?.type ?? BUILTIN);
  if (kind !== 'AEXPR_OP' || COMPARISONS.has(symbol)) return BUILTIN;
  return madeOf(
    context,
    operands.map((operand) => operand.type),
  );
}
