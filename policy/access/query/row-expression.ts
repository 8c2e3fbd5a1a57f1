import type { Tree } from '../tree.ts';
import { list } from '../tree.ts';
import type { Context } from './context.ts';
import type { Scope } from './scope.ts';
import type { Column, Reading, Value } from './value.ts';
import { LITERAL, NO_LINEAGE, rowValue } from './value.ts';
import { valueList } from './value-list.ts';

/** ROW(...): fields f1, f2...; DEFAULT can stand in one that SET (a, b) = ROW(...) takes apart. */
export function rowExpression(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const cells = valueList(context, list(body, 'args'), scope, reading);
  const columns = cells.map((cell, at): Column => {
    const value = cell.kind === 'value' ? cell.value : { lineage: NO_LINEAGE, type: LITERAL };
    return { ...value, name: `f${at + 1}` };
  });
  return rowValue({ columns });
}
