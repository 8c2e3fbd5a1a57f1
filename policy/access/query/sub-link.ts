import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { list, locationOf, names, str } from '../tree.ts';
import { consume } from './calls.ts';
import type { Context } from './context.ts';
import { madeOf } from './expression-types.ts';
import { useOperator } from './operators.ts';
import type { Scope } from './scope.ts';
import type { Reading, Rows, Value } from './value.ts';
import { BUILTIN, lineageOfRows, mergeLineages, NOTHING, rowValue } from './value.ts';

/** A query inside of an expression: it sees the names around it. */
export function subLink(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const kind = str(body, 'subLinkType');
  switch (kind) {
    case 'EXISTS_SUBLINK':
      // Only whether there is a row comes out; what the query names is still read.
      context.query(body['subselect'], scope, reading === 'deferred' ? 'deferred' : 'condition');
      return NOTHING;
    case 'EXPR_SUBLINK':
      return scalar(context.query(body['subselect'], scope, reading));
    case 'ARRAY_SUBLINK': {
      const element = scalar(context.query(body['subselect'], scope, reading));
      consume(context, element, locationOf(body));
      return { lineage: element.lineage, type: madeOf(context, [element.type]) };
    }
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK':
      return comparison(context, body, scope, reading);
    default:
      throw unsupported(`SubLink of kind ${kind}`, locationOf(body));
  }
}

function scalar(rows: Rows): Value {
  const [only] = rows.columns;
  if (only !== undefined && rows.columns.length === 1 && rows.open === undefined) return only;
  return rowValue(rows);
}

function comparison(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const tested = context.expression(body['testexpr'], scope, reading);
  const rows = context.query(body['subselect'], scope, reading);
  const named = names(list(body, 'operName'));
  // x IN (SELECT ...) has no operator in the tree.
  useOperator(context, named.length === 0 ? ['='] : named, [tested, scalar(rows)], locationOf(body));
  return { lineage: mergeLineages([tested.lineage, lineageOfRows(rows)]), type: BUILTIN };
}
