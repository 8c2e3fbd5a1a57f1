import type { Catalog, CatalogRelation, CatalogTrigger, QueryFn } from './catalog.ts';
import { QUERIES } from './load-queries.ts';
import {
  columnOf,
  flag,
  functionOf,
  int,
  maybe,
  oids,
  relationKind,
  type Row,
  ruleEvent,
  text,
  triggerEvents,
} from './load-rows.ts';
import { foreignKeyOf, indexOf } from './load-constraints.ts';
import { typesWithChecks } from './type-checks.ts';

type Name = keyof typeof QUERIES;
type Results = Readonly<Record<Name, readonly Row[]>>;

const BEGIN = [
  // One snapshot for all queries; deparsed text must not depend on this session's settings.
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  "SET LOCAL search_path = ''",
  'SET LOCAL quote_all_identifiers = off',
  // pg_get_viewdef locks what the view names: behind somebody's ALTER TABLE we rather fail and are tried again.
  "SET LOCAL lock_timeout = '5s'",
  "SET LOCAL statement_timeout = '60s'",
];

/**
 * Reads a snapshot of everything that statements can name. Needs no rights; 15 to 18.
 * @param query one connection that nobody else uses meanwhile, outside of a transaction
 * @throws CatalogError for answers that we do not understand; whatever `query` throws (the transaction is rolled back)
 */
export async function loadCatalog(query: QueryFn, version: number): Promise<Catalog> {
  for (const statement of BEGIN) await query(statement);
  try {
    const catalog = assemble(await runAll(query), version);
    await query('COMMIT');
    return catalog;
  } catch (error) {
    await query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function runAll(query: QueryFn): Promise<Results> {
  // In turn: one connection runs one query at a time anyway.
  return {
    server: await query(QUERIES.server),
    schemas: await query(QUERIES.schemas),
    relations: await query(QUERIES.relations),
    columns: await query(QUERIES.columns),
    checks: await query(QUERIES.checks),
    triggers: await query(QUERIES.triggers),
    rules: await query(QUERIES.rules),
    foreignKeys: await query(QUERIES.foreignKeys),
    indexes: await query(QUERIES.indexes),
    functions: await query(QUERIES.functions),
    types: await query(QUERIES.types),
    domainChecks: await query(QUERIES.domainChecks),
    operators: await query(QUERIES.operators),
    casts: await query(QUERIES.casts),
  };
}

function assemble(results: Results, version: number): Catalog {
  const server = results.server[0] ?? [];
  const relations = relationsOf(results);
  const functions = results.functions.map(functionOf);
  return {
    version,
    database: text(server, 0),
    serverVersion: int(server, 1),
    relations,
    functions,
    types: typesWithChecks(results.types, results.domainChecks, relations, functions),
    userOperators: results.operators.map((row) => ({
      schema: text(row, 0),
      name: text(row, 1),
      functionOid: int(row, 2),
    })),
    userCasts: results.casts.map((row) => ({
      sourceTypeOid: int(row, 0),
      targetTypeOid: int(row, 1),
      functionOid: int(row, 2),
    })),
    schemas: results.schemas.map((row) => text(row, 0)),
  };
}

function relationsOf(results: Results): readonly CatalogRelation[] {
  const columns = byFirst(results.columns, columnOf);
  const checks = byFirst(results.checks, (row) => text(row, 1));
  const triggers = byFirst(results.triggers, triggerOf);
  const rules = byFirst(results.rules, ruleOf);
  const foreignKeys = byFirst(results.foreignKeys, (row) => foreignKeyOf(row, columns));
  const indexes = byFirst(results.indexes, (row) => indexOf(row, columns));
  return results.relations.map((row) => {
    const oid = int(row, 0);
    const definition = maybe(row, 7);
    const keys = foreignKeys.get(oid);
    const own = indexes.get(oid);
    return {
      oid,
      schema: text(row, 1),
      name: text(row, 2),
      kind: relationKind(text(row, 3)),
      owner: text(row, 4),
      columns: columns.get(oid) ?? [],
      parents: oids(row, 6),
      ...(definition === undefined ? {} : { definition }),
      checks: checks.get(oid) ?? [],
      triggers: triggers.get(oid) ?? [],
      rules: rules.get(oid) ?? [],
      hasRowSecurity: flag(row, 5),
      ...(keys === undefined ? {} : { foreignKeys: keys }),
      ...(own === undefined ? {} : { indexes: own }),
    };
  });
}

function triggerOf(row: Row): CatalogTrigger {
  return { name: text(row, 1), functionOid: int(row, 2), events: triggerEvents(int(row, 3)) };
}

function ruleOf(row: Row): CatalogRelation['rules'][number] {
  return { name: text(row, 1), event: ruleEvent(text(row, 2)), definition: text(row, 3) };
}

/** Groups rows by the oid in their first column, order kept. */
function byFirst<Value>(rows: readonly Row[], valueOf: (row: Row) => Value): ReadonlyMap<number, readonly Value[]> {
  const groups = new Map<number, Value[]>();
  for (const row of rows) {
    const oid = int(row, 0);
    const group = groups.get(oid);
    if (group === undefined) groups.set(oid, [valueOf(row)]);
    else group.push(valueOf(row));
  }
  return groups;
}
