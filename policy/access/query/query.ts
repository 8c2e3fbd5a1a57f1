import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Collector } from '../collector.ts';
import type { ValueSource } from '../facts.ts';
import { valueSource } from '../flows.ts';
import { doBlock } from '../functions/do-block.ts';
import { seeThrough } from '../functions/see-through.ts';
import { fireTriggers } from '../functions/triggers.ts';
import { Visits } from '../functions/visits.ts';
import { limitExceeded, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { nodeOf } from '../tree.ts';
import type { BodyFacts } from './body-facts.ts';
import { type Context, charge } from './context.ts';
import type { Environment, OutputColumn } from './environment.ts';
import { evaluate } from './expression.ts';
import { relationEntry } from './from-item.ts';
import { Inflows } from './inflows.ts';
import { insert } from './insert.ts';
import { flowSources } from './value-flow.ts';
import { requireKnown } from './known-fields.ts';
import { merge } from './merge.ts';
import { makeParameters } from './parameters.ts';
import { relationColumns } from './relation-columns.ts';
import { resolveRelation, touchRelation } from './relation-entry.ts';
import type { Scope } from './scope.ts';
import { EMPTY_SCOPE } from './scope.ts';
import { select } from './select.ts';
import { readAll } from './star.ts';
import { castValue, resolveTypeName } from './type-name.ts';
import { remove, update } from './update-delete.ts';
import type { Column, Lineage, Reading, Rows, StaticType, Value } from './value.ts';
import { LITERAL, mergeLineages, NO_LINEAGE } from './value.ts';
import { reportWrite, writeFacts } from './write-facts.ts';
import { assign, fireWrite, targetColumn, useDefault, writeColumn } from './write-target.ts';

export type { Environment, OutputColumn } from './environment.ts';

const DEFAULT_MAX_DEPTH = 500;

/** Functions inside one another, and bodies that are read for one statement. */
const BODY_LIMITS = { depth: 32, bodies: 1000 };

type Nesting = { depth: number; readonly visits: Visits };

/**
 * Reports everything that a SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE touches.
 * @param node the wrapped statement; `intoClause` of the outermost SELECT is the caller's and left alone
 * @returns the columns of its result (of RETURNING, for a write), with the base columns that flow into each
 * @throws RefusedAnalysis for names that do not exist, nodes without a rule, and too much depth
 */
export function analyseQuery(
  node: unknown,
  env: Environment,
  collector: Collector,
  usage: 'output' | 'condition',
): readonly OutputColumn[] {
  return outputColumns(createContext(env, collector).query(withoutInto(node), EMPTY_SCOPE, usage));
}

/** An expression that stands alone: arguments of EXECUTE and CALL, values of options. */
export function analyseExpression(node: unknown, env: Environment, collector: Collector): void {
  createContext(env, collector).expression(node, EMPTY_SCOPE, 'output');
}

/** What the triggers do that TRUNCATE of a table sets off. */
export function analyseTruncate(
  relation: CatalogRelation,
  env: Environment,
  collector: Collector,
  location?: number,
): void {
  fireTriggers(createContext(env, collector), { relation, event: 'truncate', location });
}

/**
 * What a DO block of PL/pgSQL touches.
 * @throws RefusedAnalysis where it cannot be read
 */
export function analyseDoBlock(text: string, env: Environment, collector: Collector): BodyFacts {
  return doBlock(createContext(env, collector), text);
}

/** An expression over one relation's columns: WHERE of COPY FROM. */
export function analyseRelationExpression(node: unknown, rangeVar: Tree, env: Environment, collector: Collector): void {
  const context = createContext(env, collector);
  const entry = relationEntry(rangeVar, resolveRelation(context, rangeVar));
  context.expression(node, { ...EMPTY_SCOPE, entries: [entry] }, 'condition');
}

/** The type that a statement names outside of an expression (PREPARE's parameters): casts and CHECKs that it implies. */
export function resolveTypeUse(typeName: Tree, env: Environment, collector: Collector): void {
  castValue(createContext(env, collector), { lineage: NO_LINEAGE, type: LITERAL }, typeName);
}

/** What binding values to parameters of declared types calls. */
export function resolveParameterTypes(env: Environment, collector: Collector): void {
  makeParameters(createContext(env, collector));
}

/** The oid of a type named outside of an expression; 0 for built-in ones, undefined where it has none in the catalog. */
export function typeOidOf(typeName: Tree, env: Environment, collector: Collector): number | undefined {
  const { type, oid } = resolveTypeName(createContext(env, collector), typeName);
  return type.kind === 'builtin' ? 0 : oid;
}

/**
 * COPY relation TO: rows of the relation itself (COPY reads no descendants: give a RangeVar without `inh`).
 * @param columns the column list; undefined: all of them
 */
export function readWholeRelation(
  rangeVar: Tree,
  columns: readonly string[] | undefined,
  env: Environment,
  collector: Collector,
): readonly OutputColumn[] {
  requireKnown('RangeVar', rangeVar);
  const context = createContext(env, collector);
  const relation = resolveRelation(context, rangeVar);
  touchRelation(context, relation);
  if (columns === undefined) return outputColumns(readAll(context, relation, 'output', relation.location));
  const read = columns.map((name) => targetColumn(relation, name, relation.location));
  return outputColumns(readAll(context, { columns: read }, 'output', relation.location));
}

/** COPY relation FROM: what is written, and what defaults, constraints, triggers and rules call. */
export function writeWholeRelation(
  rangeVar: Tree,
  columns: readonly string[] | undefined,
  env: Environment,
  collector: Collector,
): void {
  requireKnown('RangeVar', rangeVar);
  const context = createContext(env, collector);
  const relation = resolveRelation(context, rangeVar);
  const written = columns?.map((name) => targetColumn(relation, name, relation.location)) ?? relation.columns;
  for (const column of written) {
    writeColumn(context, relation, column, 'insert', relation.location);
    assign(context, column, { lineage: NO_LINEAGE, type: LITERAL }, relation.location);
  }
  for (const column of relation.columns) {
    if (!written.includes(column)) useDefault(context, relation, column.name, relation.location);
  }
  fireWrite(context, relation, 'insert');
}

/** The rows of a table and its descendants are written anew: what CHECKs, generated columns and indexes call and read. */
export function recomputeRows(rangeVar: Tree, env: Environment, collector: Collector): void {
  const context = createContext(env, collector);
  const { stored, hasDescendants, location } = resolveRelation(context, rangeVar);
  if (stored === undefined) return;
  for (const table of [stored, ...(hasDescendants ? env.index.childrenOf(stored) : [])]) {
    reportWrite(context, writeFacts(context, table).always, location);
  }
}

/** The columns of a table itself, each with everything that reading it reads. */
export function columnsOfRelation(
  relation: CatalogRelation,
  env: Environment,
  collector: Collector,
): readonly Column[] {
  return relationColumns(createContext(env, collector), relation, false);
}

function createContext(env: Environment, collector: Collector): Context {
  return buildContext(env, collector, 'unselected', { depth: 0, visits: new Visits(BODY_LIMITS) });
}

/** Ties the recursive rules together. `nesting` is shared with isolated contexts: views inside views count as depth. */
function buildContext(env: Environment, collector: Collector, derived: Reading, nesting: Nesting): Context {
  const limit = env.maxDepth ?? DEFAULT_MAX_DEPTH;
  const nested = <Result>(work: () => Result): Result => {
    if (nesting.depth >= limit) throw limitExceeded(`statement is nested more than ${limit} levels deep`);
    nesting.depth += 1;
    try {
      return work();
    } finally {
      nesting.depth -= 1;
    }
  };
  const inflows = new Inflows();
  const context: Context = {
    env,
    collector,
    derived,
    expression: (node, scope, reading) =>
      nested(() =>
        inflows.around(
          () => evaluate(context, node, scope, reading),
          (value, brought) => {
            charge(context, brought, reading);
            return { ...withoutCopy(value), lineage: mergeLineages([value.lineage, brought]) };
          },
        ),
      ),
    query: (node, scope, reading) =>
      nested(() =>
        inflows.around(
          () => queryRows(context, node, scope, reading),
          (rows, brought) => {
            charge(context, brought, reading);
            return withLineage(rows, brought);
          },
        ),
      ),
    isolated: (own, role) => buildContext(isolatedEnvironment(env, role), own, 'deferred', nesting),
    within: (other, own) => buildContext(other, own, 'unselected', nesting),
    body: (call) => seeThrough(context, call),
    inflow: (lineage) => inflows.add(lineage),
    visits: nesting.visits,
  };
  return context;
}

function withoutCopy(value: Value): Value {
  const { isCopy: _, ...rest } = value;
  return rest;
}

function withLineage(rows: Rows, brought: Lineage): Rows {
  const columns = rows.columns.map((column): Column => {
    const { name, ...value } = column;
    return { ...withoutCopy(value), name, lineage: mergeLineages([value.lineage, brought]) };
  });
  return rows.open === undefined ? { columns } : { ...rows, columns, open: mergeLineages([rows.open, brought]) };
}

/** Catalog SQL is deparsed with an empty search_path and knows nothing of this session. */
function isolatedEnvironment(env: Environment, role = env.namespace.role): Environment {
  const namespace = { searchPath: [], role, tempRelations: [], key: '' };
  const { onSpecialCall: _special, variables: _variables, ...rest } = env;
  // The bodies of functions that it calls run in the session all the same.
  return { ...rest, namespace, session: env.session ?? env.namespace, toSpan: () => ({ start: 0, end: 0 }) };
}

function queryRows(context: Context, node: unknown, scope: Scope, reading: Reading): Rows {
  const tagged = nodeOf(node);
  if (tagged === undefined) throw unsupported('a statement of an unknown shape');
  const { tag, body } = tagged;
  switch (tag) {
    case 'SelectStmt':
      return select(context, body, scope, reading);
    case 'InsertStmt':
      return insert(context, body, scope, reading);
    case 'UpdateStmt':
      return update(context, body, scope, reading);
    case 'DeleteStmt':
      return remove(context, body, scope, reading);
    case 'MergeStmt':
      return merge(context, body, scope, reading);
    default:
      throw unsupported(tag);
  }
}

function withoutInto(node: unknown): unknown {
  const tagged = nodeOf(node);
  if (tagged?.tag !== 'SelectStmt' || tagged.body['intoClause'] === undefined) return node;
  const { intoClause: _, ...rest } = tagged.body;
  return { SelectStmt: rest };
}

function outputColumns(rows: Rows): readonly OutputColumn[] {
  const named = rows.columns.map((column) => outputColumn(column));
  if (rows.open === undefined) return named;
  return [
    ...named,
    { name: '?column?', sources: sourcesOf({ lineage: rows.open, type: LITERAL }), typeOid: -1, isOpen: true },
  ];
}

function outputColumn(column: Column): OutputColumn {
  return { name: column.name, sources: sourcesOf(column), typeOid: oidOf(column.type) };
}

/** An untyped constant becomes text. */
function oidOf(type: StaticType): number {
  if (type.kind === 'user') return type.type.oid;
  return type.kind === 'builtin' || type.kind === 'literal' ? 0 : -1;
}

function sourcesOf(value: Value): readonly ValueSource[] {
  return flowSources(value).map(valueSource);
}
