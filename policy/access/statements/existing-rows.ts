import { Collector } from '../collector.ts';
import type { Access } from '../facts.ts';
import { analyseQuery } from '../query/query.ts';
import { bodyOf, list, names, str, type Tree, tree } from '../tree.ts';
import { replay } from './replay.ts';
import type { Scene } from './scene.ts';

/** A table whose rows a definition goes through, as the definition's expressions see it. */
export type ExistingRows = {
  /** undefined for a domain, which has no rows of its own. */
  readonly rangeVar: Tree | undefined;
  /** ColumnDefs that the same statement adds: the expressions may name them, and no row has a value in them yet. */
  readonly added: readonly Tree[];
};

/**
 * What an expression over the rows of a table reads and calls. Its outcome for each row decides whether the definition
 * succeeds, so its columns are conditions: enough to find their values by trying.
 */
export function readRows(expression: unknown, rows: ExistingRows, scene: Scene): void {
  const scratch = new Collector(scene.env.toSpan);
  const table = rows.rangeVar === undefined ? [] : [{ RangeVar: rows.rangeVar }];
  const from = [...table, ...rows.added.map(addedColumn)];
  const query = { fromClause: from, whereClause: expression, limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE' };
  analyseQuery({ SelectStmt: query }, scene.env, scratch, 'condition');
  const facts = scratch.finish('SELECT', scene.span);
  replay(facts, scene.collector, () => false, isOfRows);
}

/** That the table has rows at all is what everybody sees who may change its definition. */
function isOfRows({ action, resource }: Access): boolean {
  return action !== 'connect' && !(action === 'select' && resource.kind === 'table');
}

/** Columns that are looked at without an expression: keys of indexes, foreign keys, NOT NULL. */
export function readColumns(columns: readonly string[], rows: ExistingRows, scene: Scene, location = -1): void {
  const added = new Set(rows.added.map((column) => str(column, 'colname')));
  for (const name of columns) {
    if (!added.has(name)) readRows({ ColumnRef: { fields: [{ String: { sval: name } }], location } }, rows, scene);
  }
}

/** Not types: PostgreSQL replaces them by integers with a sequence. */
const SERIALS: ReadonlySet<string> = new Set(['serial', 'serial2', 'serial4', 'serial8', 'smallserial', 'bigserial']);

/** `(SELECT NULL::type AS name)`: what the type's domain checks of NULL is charged with it. */
function addedColumn(column: Tree, at: number): Tree {
  const typeName = tree(column, 'typeName');
  const arg = { A_Const: { isnull: true, location: -1 } };
  const isPlain = typeName === undefined || SERIALS.has(names(list(typeName, 'names')).join('.'));
  const val = isPlain ? arg : { TypeCast: { arg, typeName, location: -1 } };
  const target = { ResTarget: { name: str(column, 'colname'), val, location: -1 } };
  const select = { targetList: [target], limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE' };
  return { RangeSubselect: { subquery: { SelectStmt: select }, alias: { aliasname: `added column ${at + 1}` } } };
}

/** The columns that an index or a statistics object is on: names, or the expressions in their place. */
export function readElements(elements: readonly unknown[], rows: ExistingRows, scene: Scene, location?: number): void {
  for (const element of elements) {
    const body = bodyOf(element, 'IndexElem') ?? bodyOf(element, 'StatsElem') ?? {};
    if (body['expr'] !== undefined) readRows(body['expr'], rows, scene);
    else readColumns([str(body, 'name')], rows, scene, location);
  }
}
