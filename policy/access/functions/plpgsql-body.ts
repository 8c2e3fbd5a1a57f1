import { Collector } from '../collector.ts';
import type { FunctionResource } from '../facts.ts';
import { limitExceeded, unsupported } from '../refusal.ts';
import { bodyOf, isTree, list, nodeOf, str, type Tree } from '../tree.ts';
import type { Context } from '../query/context.ts';
import type { Environment } from '../query/environment.ts';
import type { Column, Lineage, Rows } from '../query/value.ts';
import { mergeLineages, NO_LINEAGE } from '../query/value.ts';
import { Cells } from './cells.ts';
import { declareDatums } from './plpgsql-datums.ts';
import { plpgsqlVariables } from './plpgsql-variables.ts';
import type { Run } from './plpgsql-run.ts';
import { statements } from './plpgsql-statements.ts';
import { declareCursor } from './plpgsql-cursors.ts';
import { assignDatum, evaluate, valueAt } from './plpgsql-run.ts';
import { aliasesOf } from './plpgsql-source.ts';
import type { BoundParameter } from './parameters.ts';

/** A PL/pgSQL function, procedure, trigger or DO block. */
export type PlpgsqlSource = {
  /** The function's name: it stands before parameters (`f.id`). Empty for DO. */
  readonly name: string;
  readonly shown: string;
  readonly resource: FunctionResource | undefined;
  /** The text between the quotes, and the statement around it as the parser wants it. */
  readonly body: string;
  readonly statement: string;
  readonly parameters: readonly BoundParameter[];
  /** OLD and NEW of a trigger as they are at its start. */
  readonly rows: ReadonlyMap<string, readonly Column[]>;
};

export type PlpgsqlFacts = { readonly collector: Collector; readonly rows: Rows; readonly cells: Cells };

/** Assignments go round in loops; beyond this many passes something is wrong with us. */
const MAX_PASSES = 50;

/**
 * Analyses a body pass by pass, until no variable holds anything new.
 * @param contextOf makes the context of one pass; its environment is the body's
 * @returns what the last pass reported, and what the function returns
 * @throws RefusedAnalysis for what no rule can vouch for
 */
export function plpgsqlBody(
  env: Environment,
  source: PlpgsqlSource,
  contextOf: (env: Environment, collector: Collector) => Context,
): PlpgsqlFacts {
  const parsed = parseBody(env, source.statement);
  const cells = new Cells();
  const variables = plpgsqlVariables(cells, {
    name: source.name,
    labels: labelsOf(parsed),
    aliases: aliasesOf(source.body),
    parameters: source.parameters,
  });
  const cursors = new Map<string, Rows>();
  // Every pass reads the same texts.
  const inner = { ...env, variables, parse: remembering(env.parse) };
  for (let pass = 0, before = -1; pass < MAX_PASSES; pass += 1) {
    const collector = new Collector(env.toSpan);
    const run = newRun(contextOf(inner, collector), source, parsed, cells, cursors);
    if (pass === 0) declareDatums(run, source);
    onePass(run, parsed);
    const grown = cells.growth + cursors.size;
    if (grown === before) return { collector, rows: resultOf(run), cells };
    before = grown;
  }
  throw limitExceeded('a function whose variables do not settle');
}

function remembering(parse: Environment['parse']): Environment['parse'] {
  const known = new Map<string, readonly unknown[]>();
  return (sql) => {
    const before = known.get(sql);
    if (before !== undefined) return before;
    const nodes = parse(sql);
    known.set(sql, nodes);
    return nodes;
  };
}

function newRun(context: Context, source: PlpgsqlSource, parsed: Tree, cells: Cells, cursors: Map<string, Rows>): Run {
  return {
    context,
    cells,
    cursors,
    datums: list(parsed, 'datums'),
    returned: { rows: undefined },
    control: { lineage: NO_LINEAGE },
    seen: new Set(),
    isTrigger: source.rows.size > 0,
    resource: source.resource,
    shown: source.shown,
  };
}

function onePass(run: Run, parsed: Tree): void {
  run.datums.forEach((datum, number) => initialise(run, datum, number));
  const action = nodeOf(parsed['action']);
  if (action === undefined) throw unsupported('a PL/pgSQL body of an unknown shape');
  statements(run, [parsed['action']]);
  requireAllSeen(run, parsed);
}

function initialise(run: Run, datum: unknown, number: number): void {
  const variable = nodeOf(datum);
  if (variable === undefined) throw unsupported('a variable of an unknown shape');
  const start = variable.body['default_val'];
  if (start !== undefined) assignDatum(run, number, valueAt(evaluate(run, start, 'unselected'), 0));
  declareCursor(run, variable.body);
}

/** What the parser gives and no rule has looked at could hide a read. INVARIANT 3. */
function requireAllSeen(run: Run, node: unknown): void {
  if (Array.isArray(node)) for (const item of node) requireAllSeen(run, item);
  else if (isTree(node)) {
    for (const field in node) {
      if (field === 'PLpgSQL_expr' && !run.seen.has(node)) throw unsupported('an expression in this place');
      requireAllSeen(run, node[field]);
    }
  }
}

/** Which way was gone tells what the conditions saw. */
function resultOf(run: Run): Rows {
  const rows = run.returned.rows ?? { columns: [] };
  const withControl = (lineage: Lineage): Lineage => mergeLineages([lineage, run.control.lineage]);
  const columns = rows.columns.map(
    (column): Column => ({
      name: column.name,
      type: column.type,
      lineage: withControl(column.lineage),
      ...(column.fields === undefined
        ? {}
        : { fields: column.fields.map(({ name, type, lineage }) => ({ name, type, lineage: withControl(lineage) })) }),
    }),
  );
  return rows.open === undefined ? { columns } : { columns, open: withControl(rows.open) };
}

function parseBody(env: Environment, statement: string): Tree {
  if (env.parsePlpgsql === undefined) throw unsupported('PL/pgSQL');
  const [only, ...others] = list(env.parsePlpgsql(statement), 'plpgsql_funcs');
  const parsed = bodyOf(only, 'PLpgSQL_function');
  if (parsed === undefined || others.length > 0) throw unsupported('a PL/pgSQL body of an unknown shape');
  return parsed;
}

function labelsOf(node: unknown, into: Set<string> = new Set()): ReadonlySet<string> {
  if (Array.isArray(node)) for (const item of node) labelsOf(item, into);
  else if (isTree(node)) {
    if (str(node, 'label') !== '') into.add(str(node, 'label'));
    for (const field in node) labelsOf(node[field], into);
  }
  return into;
}
