import { unsafeReason } from '../access/allow/unsafe-functions.ts';
import type { CatalogFunction, CatalogType } from './catalog.ts';
import { flag, int, maybe, oids, type Row, text, typeKind } from './load-rows.ts';

/**
 * The types, each with the functions that making a value of it calls: a domain's CHECKs, and those of whatever it is
 * made of (base type, element, columns), since `'{x}'::checked[]` and `ROW('x')::pair` run them just as well.
 */
export function typesWithChecks(
  typeRows: readonly Row[],
  checkRows: readonly Row[],
  { functions, columnTypesOf }: TypeParts,
): readonly CatalogType[] {
  const own = ownChecks(checkRows, new Map(functions.map((fn) => [fn.oid, fn])));
  // Most databases have no domain that calls anything: then nobody has to know what 10,000 row types are made of.
  const parts = own.size === 0 ? NO_PARTS : partsOf(typeRows, columnTypesOf);
  const relationOids = new Map(typeRows.map((row) => [int(row, 0), maybeInt(row, 5)]));
  return typeRows.map((row) => typeOf(row, checksOf(int(row, 0), own, parts), relationOids));
}

export type TypeParts = {
  readonly functions: readonly CatalogFunction[];
  /** The types of a relation's columns. */
  readonly columnTypesOf: (relationOid: number) => readonly number[];
};

type Checks = ReadonlyMap<number, ReadonlySet<string>>;
type Parts = ReadonlyMap<number, readonly number[]>;
const NO_PARTS: Parts = new Map();

function typeOf(
  row: Row,
  domainChecks: readonly string[],
  relationOids: ReadonlyMap<number, number | undefined>,
): CatalogType {
  const isArray = flag(row, 4);
  const element = maybeInt(row, 6);
  const isDomain = text(row, 3) === 'd';
  // A domain over a row type has that row's columns.
  const relationOid = isDomain && element !== undefined ? relationOids.get(element) : maybeInt(row, 5);
  return {
    oid: int(row, 0),
    schema: text(row, 1),
    name: text(row, 2),
    kind: isArray ? 'array' : typeKind(text(row, 3)),
    ...(relationOid === undefined ? {} : { relationOid }),
    ...(isArray && element !== undefined ? { elementOid: element } : {}),
    ...(isDomain && element !== undefined ? { baseOid: element } : {}),
    domainChecks,
  };
}

function maybeInt(row: Row, index: number): number | undefined {
  return maybe(row, index) === undefined ? undefined : int(row, index);
}

/** Functions that a domain's own CHECKs call, as schema.name. */
function ownChecks(rows: readonly Row[], functions: ReadonlyMap<number, CatalogFunction>): Checks {
  const checks = new Map<number, Set<string>>();
  for (const row of rows) {
    const called = checks.get(int(row, 0)) ?? new Set<string>();
    for (const oid of oids(row, 2)) {
      const fn = functions.get(oid);
      if (fn !== undefined) called.add(`${fn.schema}.${fn.name}`);
    }
    for (const name of unsafeBuiltins(maybe(row, 1) ?? '')) called.add(`pg_catalog.${name}`);
    if (called.size > 0) checks.set(int(row, 0), called);
  }
  return checks;
}

/** Built-ins leave no row in pg_depend: those that are not safe are found by name in the deparsed expression. */
function unsafeBuiltins(expression: string): readonly string[] {
  return [...expression.matchAll(/([a-z_][a-z0-9_]*)\(/g)].flatMap(([, name]) =>
    name === undefined || unsafeReason(name) === undefined ? [] : [name],
  );
}

/** What a type is made of: base type, element or subtype, and the columns of its relation. */
function partsOf(rows: readonly Row[], columnTypesOf: TypeParts['columnTypesOf']): Parts {
  return new Map(
    rows.map((row) => {
      const element = maybeInt(row, 6);
      const relation = maybeInt(row, 5);
      const columns = relation === undefined ? [] : columnTypesOf(relation);
      return [int(row, 0), [...(element === undefined ? [] : [element]), ...columns]];
    }),
  );
}

const NONE: readonly string[] = [];

function checksOf(oid: number, own: Checks, parts: Parts): readonly string[] {
  if (own.size === 0) return NONE;
  const seen = new Set([oid]);
  const called = new Set<string>();
  // A Set visits members that are added while it is walked.
  for (const one of seen) {
    for (const name of own.get(one) ?? []) called.add(name);
    for (const part of parts.get(one) ?? []) seen.add(part);
  }
  return called.size === 0 ? NONE : [...called].sort();
}
