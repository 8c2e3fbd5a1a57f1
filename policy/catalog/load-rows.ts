import { codeOf } from './load-functions.ts';
import type { CatalogFunction, CatalogTrigger, CatalogType, RelationKind } from './catalog.ts';

/** One row of text values, as QueryFn gives it. */
export type Row = readonly (string | null)[];

/** A catalog query that gives something else than it must: a server that we do not know, or a broken QueryFn. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
}

export function text(row: Row, index: number): string {
  const value = row[index];
  if (typeof value !== 'string') throw new CatalogError(`catalog query: no value in column ${index + 1}`);
  return value;
}

export function maybe(row: Row, index: number): string | undefined {
  return row[index] ?? undefined;
}

export function int(row: Row, index: number): number {
  const value = Number(text(row, index));
  if (!Number.isSafeInteger(value)) throw new CatalogError(`catalog query: no number in column ${index + 1}`);
  return value;
}

/** PostgreSQL prints booleans as t and f. */
export function flag(row: Row, index: number): boolean {
  return row[index] === 't' || row[index] === 'true';
}

/** oidvector and string_agg(oid, ' '): numbers with blanks between; NULL and '' are none. */
export function oids(row: Row, index: number): readonly number[] {
  const value = maybe(row, index) ?? '';
  return value === '' ? NONE : value.split(' ').map(Number);
}

// One array for the thousands of functions without arguments and relations without parents.
const NONE: readonly number[] = [];

function oneOf<Value>(table: Readonly<Record<string, Value>>, code: string, what: string): Value {
  const value = table[code];
  if (value === undefined) throw new CatalogError(`catalog query: unknown ${what} "${code}"`);
  return value;
}

const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitionedTable',
  v: 'view',
  m: 'materializedView',
  f: 'foreignTable',
  S: 'sequence',
  c: 'compositeType',
};
const FUNCTION_KINDS: Readonly<Record<string, CatalogFunction['kind']>> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
};
const VOLATILITIES: Readonly<Record<string, CatalogFunction['volatility']>> = {
  i: 'immutable',
  s: 'stable',
  v: 'volatile',
};
const TYPE_KINDS: Readonly<Record<string, CatalogType['kind']>> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  r: 'range',
  m: 'range',
  p: 'pseudo',
};
const RULE_EVENTS: Readonly<Record<string, string>> = { 1: 'select', 2: 'update', 3: 'insert', 4: 'delete' };

export const relationKind = (code: string): RelationKind => oneOf(RELATION_KINDS, code, 'relkind');
export const typeKind = (code: string): CatalogType['kind'] => oneOf(TYPE_KINDS, code, 'typtype');
export const ruleEvent = (code: string): string => oneOf(RULE_EVENTS, code, 'ev_type');

/** A row of QUERIES.functions. */
export function functionOf(row: Row): CatalogFunction {
  const body = maybe(row, 12);
  const extension = maybe(row, 13);
  const code = maybe(row, 14);
  return {
    oid: int(row, 0),
    schema: text(row, 1),
    name: text(row, 2),
    kind: oneOf(FUNCTION_KINDS, text(row, 3), 'prokind'),
    argTypeOids: oids(row, 4),
    argumentCountMin: int(row, 5),
    isVariadic: flag(row, 6),
    returnTypeOid: int(row, 7),
    returnsSet: flag(row, 8),
    language: text(row, 9),
    volatility: oneOf(VOLATILITIES, text(row, 10), 'provolatile'),
    isSecurityDefiner: flag(row, 11),
    ...(body === undefined ? {} : { body }),
    ...(extension === undefined ? {} : { extension }),
    ...(code === undefined ? {} : { code: codeOf(code) }),
  };
}

/** pg_trigger.tgtype is a bit set; only the event bits matter here. */
export function triggerEvents(tgtype: number): CatalogTrigger['events'] {
  const events = [
    ['insert', 4],
    ['delete', 8],
    ['update', 16],
    ['truncate', 32],
  ] as const;
  return events.flatMap(([event, bit]) => ((tgtype & bit) === 0 ? [] : [event]));
}
