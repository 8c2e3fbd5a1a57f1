import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, bool, list, locationOf, str, tree } from '../tree.ts';
import { aliasOf, entryOf } from './alias.ts';
import type { Context } from './context.ts';
import { calledName } from './function-call.ts';
import { requireKnown } from './known-fields.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { concatenate } from './star.ts';
import { declaredColumn } from './type-name.ts';
import type { Column, Rows, StaticType, Value } from './value.ts';
import { BUILTIN, NO_LINEAGE, UNDETERMINED } from './value.ts';

/**
 * Functions in FROM. Names of OUT parameters are not in the catalog's snapshot: unless the columns are declared or the
 * result is a known row type, the item is `open` and a name that is found nowhere else may be one of its columns. Whatever
 * they are called, what flows into them are the arguments.
 */
export function rangeFunction(context: Context, body: Tree, scope: Scope): RangeEntry {
  const alias = aliasOf(body);
  const parts = list(body, 'functions').map((node) => functionRows(context, node, scope));
  const declared = list(body, 'coldeflist');
  const first = parts[0];
  if (first === undefined) throw unsupported('RangeFunction', locationOf(body));
  const rows =
    declared.length > 0 ? declaredRows(context, declared, first.value) : concatenate(parts.map((part) => part.rows));
  const ordinal = bool(body, 'ordinality') ? [ORDINALITY] : [];
  // A function's alias is its row, or its only value: of either no more is known than of the columns.
  return entryOf({ ...rows, columns: [...rows.columns, ...ordinal] }, alias, first.name, rows.openType);
}

const ORDINALITY: Column = { name: 'ordinality', lineage: NO_LINEAGE, type: BUILTIN };

type FunctionPart = { readonly rows: Rows; readonly value: Value; readonly name: string | undefined };

/** One function; in ROWS FROM each can have a column definition list of its own. */
function functionRows(context: Context, node: unknown, scope: Scope): FunctionPart {
  const items = bodyOf(node, 'List');
  const [call, definitions] = items === undefined ? [node, undefined] : list(items, 'items');
  // How many rows come out tells what the arguments are, whether or not a column is read.
  const value = context.expression(call, scope, 'condition');
  const name = calledName(call);
  const declared = bodyOf(definitions, 'List');
  if (declared !== undefined && list(declared, 'items').length > 0) {
    return { rows: declaredRows(context, list(declared, 'items'), value), value, name };
  }
  if (value.fields !== undefined) return { rows: { columns: value.fields }, value, name };
  return { rows: { columns: [], open: value.lineage, openType: columnType(value) }, value, name };
}

/** A built-in function over built-in values gives built-in values, in one column or several. */
function columnType(value: Value): StaticType {
  return value.type.kind === 'consumed' || value.type.kind === 'builtin' ? value.type : UNDETERMINED;
}

function declaredRows(context: Context, definitions: readonly unknown[], value: Value): Rows {
  const columns = definitions.map((node) => {
    const column = bodyOf(node, 'ColumnDef');
    if (column === undefined) throw unsupported('a column definition of an unknown shape');
    requireKnown('ColumnDef', column);
    return declaredColumn(context, str(column, 'colname'), tree(column, 'typeName'), value);
  });
  return { columns };
}
