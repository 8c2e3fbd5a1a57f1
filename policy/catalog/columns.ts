import type { CatalogColumn } from './catalog.ts';
import { CatalogError, flag, int, type Row, text } from './load-rows.ts';

/** format_type() by `typid typmod`. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** From the rows of QUERIES.columnTypes. */
export function columnTypes(rows: Iterable<Row>): ColumnTypes {
  const types = new Map<string, string>();
  for (const row of rows) types.set(`${text(row, 0)} ${text(row, 1)}`, text(row, 2));
  return types;
}

/**
 * The columns of one relation, in the order of their numbers.
 * @param packed a value of QUERIES.columns: a line for each, `number typid typmod name`, with \\ and \n escaped in the name
 * @param expressions rows of QUERIES.defaults of the same relation
 */
export function columnsOf(packed: string, expressions: readonly Row[], types: ColumnTypes): readonly CatalogColumn[] {
  const byNumber = new Map(expressions.map((row) => [int(row, 1), row]));
  return linesOf(packed).map(([, number = '', typeOid = '', typmod = '', name = '']) => {
    const type = types.get(`${typeOid} ${typmod}`);
    if (type === undefined) throw new CatalogError(`catalog query: column "${name}" has a type without a name`);
    const column = { name: unescape(name), number: Number(number), type, typeOid: Number(typeOid) };
    return { ...column, ...expressionOf(byNumber.get(column.number)) };
  });
}

/** The types of a relation's columns; see columnsOf. */
export function columnTypeOids(packed: string): readonly number[] {
  return linesOf(packed).map(([, , typeOid]) => Number(typeOid));
}

const LINE = /^(\d+) (\d+) (-?\d+) (.*)$/s;

function linesOf(packed: string): readonly (readonly string[])[] {
  if (packed === '') return [];
  return packed
    .split('\n')
    .map((line) => {
      const fields = LINE.exec(line);
      if (fields === null) throw new CatalogError('catalog query: malformed columns');
      return fields;
    })
    .sort(([, a], [, b]) => Number(a) - Number(b));
}

function unescape(name: string): string {
  return name.includes('\\') ? name.replaceAll(/\\(.)/g, (_, code) => (code === 'n' ? '\n' : '\\')) : name;
}

function expressionOf(row: Row | undefined): Pick<CatalogColumn, 'default' | 'generated'> {
  if (row === undefined) return {};
  return flag(row, 2) ? { generated: text(row, 3) } : { default: text(row, 3) };
}
