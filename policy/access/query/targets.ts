import { limitExceeded, unsupported } from '../refusal.ts';
import { bodyOf, list, locationOf, str } from '../tree.ts';
import { isStar } from './column-ref.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import { firstTargetName, outputName } from './output-name.ts';
import type { Scope } from './scope.ts';
import { concatenate, expandStar } from './star.ts';
import type { Column, Reading, Rows } from './value.ts';

/** A target list (SELECT's or RETURNING's) as the columns of its result; stars expanded, names chosen. */
export function targetList(context: Context, nodes: readonly unknown[], scope: Scope, reading: Reading): Rows {
  const rows = concatenate(nodes.map((node) => target(context, node, scope, reading)));
  // PostgreSQL's own limit; without it queries that double their columns would grow without end.
  if (rows.columns.length > MAX_TARGETS) throw limitExceeded(`target lists can have at most ${MAX_TARGETS} entries`);
  return rows;
}

/** MaxTupleAttributeNumber (htup_details.h). */
const MAX_TARGETS = 1664;

function target(context: Context, node: unknown, scope: Scope, reading: Reading): Rows {
  const body = bodyOf(node, 'ResTarget');
  if (body === undefined) throw unsupported('a target of an unknown shape');
  requireKnown('ResTarget', body);
  if (list(body, 'indirection').length > 0) throw unsupported('a target with indirection', locationOf(body));
  if (isStar(body['val'])) return expandStar(context, body['val'], scope, reading);
  const value = context.expression(body['val'], scope, reading);
  const given = str(body, 'name');
  const column: Column = { ...value, name: given === '' ? outputName(body['val'], firstTargetName) : given };
  return { columns: [column] };
}
