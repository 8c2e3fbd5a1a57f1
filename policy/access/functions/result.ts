import type { CatalogFunction } from '../../catalog/catalog.ts';
import { typeOfOid } from '../query/calls.ts';
import type { Context } from '../query/context.ts';
import type { Column, Rows, StaticType, Value } from '../query/value.ts';
import { lineageOfRows } from '../query/value.ts';
import { columnsOfType, type Parameter } from './parameters.ts';

const RECORD = 2249;
const VOID = 2278;
const TRIGGER = 2279;

type Shape = { readonly name: string; readonly type: StaticType };

/**
 * The rows that a function's last statement or RETURN gives, as what the function returns: OUT parameters and columns of
 * TABLE by position, the columns of a row type, or one value.
 */
export function shapeResult(context: Context, fn: CatalogFunction, rows: Rows): Rows {
  if (fn.returnTypeOid === VOID || fn.returnTypeOid === TRIGGER) return { columns: [] };
  const shape = shapeOf(context, fn);
  if (shape !== undefined) return { columns: byPosition(unpacked(rows, shape.length), shape) };
  const only = rows.columns[0];
  const lineage = lineageOfRows(rows);
  if (fn.returnTypeOid === RECORD)
    return rows.open === undefined ? { columns: rows.columns } : { columns: [], open: lineage };
  const type = typeOfOid(context, fn.returnTypeOid);
  const isPlain = rows.open === undefined && rows.columns.length === 1 && only !== undefined;
  return { columns: [isPlain ? { ...only, type, name: '' } : { name: '', lineage, type }] };
}

/** The columns that the function's declaration gives; undefined: one value, or rows of any shape. */
export function shapeOf(context: Context, fn: CatalogFunction): readonly Shape[] | undefined {
  const outputs = (fn.code?.parameters ?? []).filter(isOutput);
  if (outputs.length > 1 || outputs.some(({ mode }) => mode === 'table')) {
    return outputs.map(({ name, typeOid }) => ({ name, type: typeOfOid(context, typeOid) }));
  }
  return columnsOfType(context, typeOfOid(context, fn.returnTypeOid));
}

export function isOutput({ mode }: Parameter): boolean {
  return mode === 'out' || mode === 'inout' || mode === 'table';
}

/** One column that holds the row is as good as its columns. */
function unpacked(rows: Rows, width: number): Rows {
  const [only] = rows.columns;
  if (rows.columns.length !== 1 || only === undefined || rows.open !== undefined) return rows;
  if (only.fields !== undefined && (width > 1 || only.fields.length === 1)) return { columns: only.fields };
  return width === 1 ? rows : { columns: [], open: only.lineage };
}

function byPosition(rows: Rows, shape: readonly Shape[]): readonly Column[] {
  const lineage = lineageOfRows(rows);
  const isKnown = rows.open === undefined && rows.columns.length === shape.length;
  return shape.map(({ name, type }, at): Column => {
    const column = isKnown ? rows.columns[at] : undefined;
    if (column === undefined) return { name, type, lineage };
    return column.isCopy === true
      ? { name, type, lineage: column.lineage, isCopy: true }
      : { name, type, lineage: column.lineage };
  });
}

/** What a function gives as a value in an expression. */
export function resultValue(context: Context, fn: CatalogFunction, result: Rows, type: StaticType): Value {
  const shape = shapeOf(context, fn);
  const [only] = result.columns;
  if (shape === undefined && result.open === undefined && result.columns.length === 1 && only !== undefined) {
    return only.isCopy === true ? { lineage: only.lineage, type, isCopy: true } : { lineage: only.lineage, type };
  }
  const lineage = lineageOfRows(result);
  return result.open === undefined && shape !== undefined
    ? { lineage, type, fields: result.columns }
    : { lineage, type };
}
