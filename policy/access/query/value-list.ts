import { unsupported } from '../refusal.ts';
import { nodeOf } from '../tree.ts';
import { isStar } from './column-ref.ts';
import type { Context } from './context.ts';
import type { Scope } from './scope.ts';
import { expandStar } from './star.ts';
import type { Reading, Value } from './value.ts';

/** One position of a list of values. */
export type Cell = { readonly kind: 'value'; readonly value: Value } | { readonly kind: 'default' };

/**
 * The expressions of ROW(...) or of a row of VALUES; `c.*` in it is every column of c, so positions move
 * (transformExpressionList, parse_target.c).
 */
export function valueList(
  context: Context,
  nodes: readonly unknown[],
  scope: Scope,
  reading: Reading,
): readonly Cell[] {
  return nodes.flatMap((node): readonly Cell[] => {
    if (nodeOf(node)?.tag === 'SetToDefault') return [{ kind: 'default' }];
    if (!isStar(node)) return [{ kind: 'value', value: context.expression(node, scope, reading) }];
    const rows = expandStar(context, node, scope, reading);
    if (rows.open !== undefined) throw unsupported('* of a row of unknown structure in a list of values');
    return rows.columns.map((value): Cell => ({ kind: 'value', value }));
  });
}

export function valuesOf(cells: readonly Cell[]): readonly Value[] {
  return cells.flatMap((cell) => (cell.kind === 'value' ? [cell.value] : []));
}
