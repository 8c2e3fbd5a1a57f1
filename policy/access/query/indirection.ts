import { unknownColumn, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, locationOf, nodeOf, str } from '../tree.ts';
import { consume } from './calls.ts';
import { columnReference } from './column-ref.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import { callOnRow } from './function-call.ts';
import { requireKnown } from './known-fields.ts';
import type { Scope } from './scope.ts';
import { namedColumn } from './scope.ts';
import type { Reading, Value } from './value.ts';
import { CONSUMED, mergeLineages } from './value.ts';

/** `(row).field`, `array[i]`, `jsonb['key']` and chains of them; a star at the end is the caller's. */
export function indirection(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const steps = list(body, 'indirection').filter((step) => nodeOf(step)?.tag !== 'A_Star');
  const reference = bodyOf(body['arg'], 'ColumnRef');
  if (reference === undefined) {
    return fieldsOfValue(context, body, steps, scope, reading);
  }
  return fieldsOfReference(context, reference, steps, scope, reading);
}

/** `(f()).field`: of what the function returns, only the field is what the expression is read for. */
function fieldsOfValue(context: Context, body: Tree, steps: readonly unknown[], scope: Scope, reading: Reading): Value {
  const isField = nodeOf(steps[0])?.tag === 'String' && nodeOf(body['arg'])?.tag === 'FuncCall';
  const first = context.expression(body['arg'], scope, isField && reading === 'output' ? 'unselected' : reading);
  const value = steps.reduce<Value>((one, step) => take(context, one, step, scope, reading, locationOf(body)), first);
  if (isField) charge(context, value.lineage, reading, locationOf(body));
  return value;
}

/**
 * `(c).name`: PostgreSQL asks for the right to every column of c, but only one comes out. The field is what the expression
 * is read for.
 */
function fieldsOfReference(
  context: Context,
  reference: Tree,
  steps: readonly unknown[],
  scope: Scope,
  reading: Reading,
): Value {
  const location = locationOf(reference);
  const isField = nodeOf(steps[0])?.tag === 'String';
  const row = columnReference(context, reference, scope, isField && reading === 'output' ? 'unselected' : reading);
  if (row.fields === undefined || !isField) {
    charge(context, row.lineage, reading, location);
    return steps.reduce<Value>((value, step) => take(context, value, step, scope, reading, location), row);
  }
  const value = steps.reduce<Value>((one, step) => take(context, one, step, scope, reading, location), row);
  charge(context, value.lineage, reading, location);
  return value;
}

function take(
  context: Context,
  value: Value,
  step: unknown,
  scope: Scope,
  reading: Reading,
  location: number | undefined,
): Value {
  const node = nodeOf(step);
  if (node === undefined) throw unsupported('indirection', location);
  requireKnown(node.tag, node.body);
  switch (node.tag) {
    case 'String':
      return fieldOf(context, value, str(node.body, 'sval'), reading, location);
    case 'A_Indices':
      return elementOf(context, value, node.body, scope, reading);
    default:
      throw unsupported(node.tag, location);
  }
}

function fieldOf(context: Context, row: Value, name: string, reading: Reading, location: number | undefined): Value {
  const field = row.fields === undefined ? undefined : namedColumn(row.fields, name, location);
  if (field !== undefined) return { ...field, lineage: placed(row, field) };
  // Not a field, or a row of unknown structure: it may be a function on the row.
  consume(context, row, location);
  const called = callOnRow(context, row, name, reading, location);
  if (called !== undefined) return called;
  if (row.fields !== undefined) throw unknownColumn(undefined, name, location);
  return { lineage: row.lineage, type: CONSUMED };
}

/** The field's sources with the place in the text that the row's have. */
function placed(row: Value, field: Value): Value['lineage'] {
  const lineage = new Map(field.lineage);
  for (const key of lineage.keys()) {
    const known = row.lineage.get(key);
    if (known !== undefined) lineage.set(key, known);
  }
  return lineage;
}

function elementOf(context: Context, value: Value, indices: Tree, scope: Scope, reading: Reading): Value {
  const read = ['lidx', 'uidx']
    .filter((field) => indices[field] !== undefined)
    .map((field) => context.expression(indices[field], scope, reading));
  // Which element comes out tells what the subscript is.
  const lineage = mergeLineages([value.lineage, ...read.map((index) => index.lineage)]);
  if (value.type.kind === 'builtin') return { lineage, type: value.type };
  consume(context, value);
  return { lineage, type: CONSUMED };
}
