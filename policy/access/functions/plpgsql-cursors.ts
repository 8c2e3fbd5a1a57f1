import { bodyOf, bool, list, nodeOf, num, str, type Tree } from '../tree.ts';
import { charge } from '../query/context.ts';
import type { Rows } from '../query/value.ts';
import { lineageOfRows } from '../query/value.ts';
import { dynamic } from './plpgsql-dynamic.ts';
import type { Run } from './plpgsql-run.ts';
import { assignDatum, assignTarget, datumName, evaluate, fieldNumber, mergeRows, valueAt } from './plpgsql-run.ts';

/** OPEN of a bound cursor gives it arguments, of another one a query. */
export function open(run: Run, body: Tree): void {
  const number = num(body, 'curvar');
  giveArguments(run, number, body['argquery']);
  if (body['query'] !== undefined) addQuery(run, number, evaluate(run, body['query'], 'unselected'));
  if (body['dynquery'] !== undefined) addQuery(run, number, dynamic(run, body['dynquery'], list(body, 'params')));
}

/** A portal can outlive the function: whoever fetches from it gets the values. */
function addQuery(run: Run, number: number, rows: Rows): void {
  const name = datumName(run, number);
  charge(run.context, lineageOfRows(rows), 'output');
  run.cursors.set(name, mergeRows(run.cursors.get(name), rows));
}

/** The query that a cursor is declared with. */
export function declareCursor(run: Run, variable: Tree): void {
  const query = variable['cursor_explicit_expr'];
  if (query !== undefined) run.cursors.set(str(variable, 'refname'), evaluate(run, query, 'unselected'));
}

export function forCursor(run: Run, body: Tree): void {
  const number = num(body, 'curvar');
  giveArguments(run, number, body['argquery']);
  assignTarget(run, nodeOf(body['var']), rowsOf(run, number));
}

/** FETCH and MOVE. */
export function fetch(run: Run, body: Tree): void {
  if (body['expr'] !== undefined) evaluate(run, body['expr'], 'condition');
  const rows = rowsOf(run, num(body, 'curvar'));
  if (!bool(body, 'is_move')) assignTarget(run, nodeOf(body['target']), rows);
}

export function closeCursor(): void {}

/** The rows of a cursor. One that holds a portal's name from elsewhere gives rows that nobody knows. */
function rowsOf(run: Run, number: number): Rows {
  const name = datumName(run, number);
  const rows = run.cursors.get(name);
  const isForeign = rows === undefined || run.cells.isAssigned(name);
  if (isForeign)
    run.context.collector.opaque(`FETCH from a cursor from elsewhere in ${run.shown}`, undefined, [], run.resource);
  return rows ?? { columns: [], open: new Map() };
}

/** Arguments by position or name: each parameter may get any. */
function giveArguments(run: Run, number: number, argquery: unknown): void {
  if (argquery === undefined) return;
  const rows = evaluate(run, argquery, 'unselected');
  const cursor = bodyOf(run.datums[number], 'PLpgSQL_var');
  const row =
    cursor === undefined ? undefined : bodyOf(run.datums[num(cursor, 'cursor_explicit_argrow')], 'PLpgSQL_row');
  for (const field of row === undefined ? [] : list(row, 'fields')) {
    const variable = fieldNumber(field);
    if (variable !== undefined) assignDatum(run, variable, valueAt({ columns: [], open: lineageOfRows(rows) }, 0));
  }
}
