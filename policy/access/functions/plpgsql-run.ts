import type { FunctionResource } from '../facts.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, list, nodeOf, num, str, type Tree } from '../tree.ts';
import { convert } from '../query/calls.ts';
import type { Context } from '../query/context.ts';
import { EMPTY_SCOPE } from '../query/scope.ts';
import type { Column, Lineage, Reading, Rows, Value } from '../query/value.ts';
import { lineageOf, lineageOfRows, mergeLineages, source, UNDETERMINED } from '../query/value.ts';
import type { Cells } from './cells.ts';
import { ROWTYPE_MARK } from './plpgsql-source.ts';
import { bodyStatement } from './sql-body.ts';

/** One pass over the statements of a PL/pgSQL body. */
export type Run = {
  readonly context: Context;
  readonly cells: Cells;
  /** The parser's variables by number; statements refer to them so. */
  readonly datums: readonly unknown[];
  /** What is known of cursors by name: the rows of their queries. */
  readonly cursors: Map<string, Rows>;
  /** Rows that RETURN gives. */
  readonly returned: { rows: Rows | undefined };
  /** Conditions on which the way through the body depends. */
  readonly control: { lineage: Lineage };
  /** Expressions that some rule has looked at: none may be left over. */
  readonly seen: Set<unknown>;
  readonly isTrigger: boolean;
  /** For opaque parts; undefined in a DO block. */
  readonly resource: FunctionResource | undefined;
  readonly shown: string;
};

/** The text of a PLpgSQL_expr, once it is to be evaluated. */
function expressionText(run: Run, node: unknown): { readonly text: string; readonly mode: number } {
  const body = bodyOf(node, 'PLpgSQL_expr');
  if (body === undefined) throw unsupported('an expression of an unknown shape');
  run.seen.add(node);
  const text = str(body, 'query');
  if (text.includes(ROWTYPE_MARK)) throw unsupported('%rowtype in an expression');
  return { text, mode: num(body, 'parseMode') };
}

const WHOLE_STATEMENT = 0;
const EXPRESSION = 2;

/** The rows of a query, or the values of an expression as one row. */
export function evaluate(run: Run, node: unknown, reading: Reading): Rows {
  const { text, mode } = expressionText(run, node);
  if (mode === WHOLE_STATEMENT) return bodyStatement(run.context, onlyStatement(run, text));
  if (mode !== EXPRESSION) throw unsupported('an assignment in this place');
  return expressionRows(run, text, reading);
}

/** The statement of a PLpgSQL_expr, for rules that look into it. */
export function statementOf(run: Run, node: unknown): unknown {
  return onlyStatement(run, expressionText(run, node).text);
}

export function onlyStatement(run: Run, text: string): unknown {
  const [statement, ...others] = run.context.env.parse(text);
  if (statement === undefined || others.length > 0) throw unsupported('a text that is not one statement');
  return statement;
}

/** PL/pgSQL takes an expression for the rest of a SELECT. */
export function expressionRows(run: Run, text: string, reading: Reading): Rows {
  const node = onlyStatement(run, `SELECT ${text}`);
  if (nodeOf(node)?.tag !== 'SelectStmt') throw unsupported('an expression of an unknown shape');
  return run.context.query(node, EMPTY_SCOPE, reading);
}

export function assignmentText(run: Run, node: unknown): string {
  return expressionText(run, node).text;
}

/** A condition steers what happens after it. */
export function condition(run: Run, node: unknown): void {
  if (node === undefined) return;
  const { lineage } = run.control;
  run.control.lineage = mergeLineages([lineage, lineageOfRows(evaluate(run, node, 'condition'))]);
}

/** What goes to the client by another way than the result: messages. */
export function tell(run: Run, node: unknown): void {
  evaluate(run, node, 'output');
}

export function valueAt(rows: Rows, at: number): Value {
  const column = rows.open === undefined ? rows.columns[at] : undefined;
  return column ?? { lineage: lineageOfRows(rows), type: UNDETERMINED };
}

/** The name of a variable by its number; of a record's field, that of the record. */
export function datumName(run: Run, number: number): string {
  const node = nodeOf(run.datums[number]);
  if (node === undefined) throw unsupported('a variable of an unknown shape');
  return node.tag === 'PLpgSQL_recfield' ? datumName(run, num(node.body, 'recparentno')) : str(node.body, 'refname');
}

/** A value goes into a variable, by its number. */
export function assignDatum(run: Run, number: number, value: Value): void {
  const node = nodeOf(run.datums[number]);
  if (node === undefined) throw unsupported('a variable of an unknown shape');
  if (node.tag === 'PLpgSQL_recfield') {
    run.cells.assignField(datumName(run, number), str(node.body, 'fieldname'), value.lineage);
  } else if (node.tag === 'PLpgSQL_row') assignTarget(run, node, { columns: value.fields ?? [{ ...value, name: '' }] });
  else assignNamed(run, str(node.body, 'refname'), value);
}

/** Casts run, and the checks of domains. */
export function assignNamed(run: Run, name: string, value: Value): void {
  convert(run.context, value, run.cells.typeOf(name));
  run.cells.assign(name, value);
}

/** Rows go into the target of INTO, FETCH or FOR: a record, or a list of variables. */
export function assignTarget(run: Run, target: { tag: string; body: Tree } | undefined, rows: Rows): void {
  if (target === undefined) return;
  switch (target.tag) {
    case 'PLpgSQL_row':
      list(target.body, 'fields').forEach((field, at) => {
        const number = fieldNumber(field);
        if (number !== undefined) assignDatum(run, number, valueAt(rows, at));
      });
      return;
    case 'PLpgSQL_rec':
      run.cells.assignRow(str(target.body, 'refname'), rows);
      return;
    case 'PLpgSQL_var':
      assignNamed(run, str(target.body, 'refname'), valueAt(rows, 0));
      return;
    default:
      throw unsupported(target.tag);
  }
}

/** A field of a row is `{name, varno}`, with the number left out where it is 0. */
export function fieldNumber(field: unknown): number | undefined {
  return typeof field === 'object' && field !== null ? num({ ...field }, 'varno') : undefined;
}

/** Several RETURNs, or several queries of one cursor. */
export function mergeRows(one: Rows | undefined, other: Rows): Rows {
  if (one === undefined) return other;
  const isAlike = one.open === undefined && other.open === undefined && one.columns.length === other.columns.length;
  if (!isAlike) return { columns: [], open: mergeLineages([lineageOfRows(one), lineageOfRows(other)]) };
  const columns = one.columns.map((column, at): Column => mergeColumn(column, other.columns[at] ?? column));
  return { columns };
}

function mergeColumn(one: Column, other: Column): Column {
  const lineage = mergeLineages([one.lineage, other.lineage]);
  const { name, type } = one;
  // NULL says nothing about the shape.
  if (one.fields === undefined && one.lineage.size === 0) return { ...other, name, lineage };
  if (other.fields === undefined && other.lineage.size === 0) return { ...one, lineage };
  const fields =
    one.fields === undefined || other.fields === undefined || one.fields.length !== other.fields.length
      ? undefined
      : mergeRows({ columns: one.fields }, { columns: other.fields }).columns;
  return fields === undefined ? { name, type, lineage } : { name, type, lineage, fields };
}

/** Error messages can show what the body has read. */
export function everythingRead(run: Run): Lineage {
  const reads = run.context.collector.reported().filter(({ action }) => action === 'select');
  return lineageOf(reads.map(({ resource }) => source(resource, 'function')));
}
