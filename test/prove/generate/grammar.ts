import type { Random } from './random.ts';

/** Types as far as the generator tells them apart. */
export const TYPES = ['int', 'num', 'text', 'time', 'json', 'bool', 'other'] as const;
export type Type = (typeof TYPES)[number];

export type Column = { readonly name: string; readonly type: Type; readonly isWritable?: boolean };

/** A relation of the sample database. */
export type Table = {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialised' | 'system';
  readonly columns: readonly Column[];
  readonly isWritable: boolean;
  /** A unique key, for ON CONFLICT. */
  readonly key: readonly string[];
};

/** What one FROM item gives. */
export type Item = {
  readonly alias: string;
  readonly columns: readonly Column[];
  /** `alias` alone is a row of it: not so for joins without an alias. */
  readonly isTable: boolean;
};

/** Names that can be used at one place of a statement. */
export type Scope = {
  readonly items: readonly Item[];
  readonly ctes: readonly Item[];
  readonly outer: Scope | undefined;
};

/** A query's text, and its result. */
export type Query = { readonly text: string; readonly columns: readonly Column[] };
/** A FROM clause's text, and what can be named by it. */
export type From = { readonly text: string; readonly items: readonly Item[] };

/** Rules that need one another: handed down, so that the files do not import each other in a circle. */
export type Rules = {
  expression(grammar: Grammar, scope: Scope, type: Type): string;
  condition(grammar: Grammar, scope: Scope): string;
  /** @param types of the result's columns; any where left out */
  query(grammar: Grammar, scope: Scope, types?: readonly Type[]): Query;
};

/** What the rules are given. */
export type Grammar = {
  readonly rules: Rules;
  readonly random: Random;
  readonly tables: readonly Table[];
  readonly searchPath: readonly string[];
  readonly version: number;
  /** A name that no other item of the statement has. */
  readonly fresh: (prefix: string) => string;
  /** Levels that may still be opened. */
  readonly depth: number;
};

export const NO_SCOPE: Scope = { items: [], ctes: [], outer: undefined };

export function deeper(grammar: Grammar): Grammar {
  return { ...grammar, depth: grammar.depth - 1 };
}

export function inner(scope: Scope): Scope {
  return { items: [], ctes: scope.ctes, outer: scope };
}

/** Names in the ways they can be written: folded, quoted, or as they are. */
export function ident(random: Random, name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name) || RESERVED.has(name)) return `"${name.replaceAll('"', '""')}"`;
  if (random.chance(0.08)) return `"${name}"`;
  return random.chance(0.08) ? name.toUpperCase() : name;
}

const RESERVED: ReadonlySet<string> = new Set([
  'select',
  'user',
  'order',
  'group',
  'table',
  'end',
  'at',
  'key',
  'value',
]);

/** The table's name: by itself where the search_path leads to it. */
export function tableName({ random, tables, searchPath }: Grammar, table: Table): string {
  const visible = ['pg_catalog', ...searchPath]
    .flatMap((schema) => tables.find((one) => one.schema === schema && one.name === table.name) ?? [])
    .at(0);
  const name = ident(random, table.name);
  if (visible === table && !random.chance(0.2)) return name;
  return random.chance(0.05) ? `shop.${ident(random, table.schema)}.${name}` : `${ident(random, table.schema)}.${name}`;
}
