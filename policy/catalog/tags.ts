import { catalogColumnPolicy, catalogPolicy, type RelationPolicy } from '../access/allow/open-catalogs.ts';
import { GUARDED_CLASSES, guardedClass } from '../access/allow/guarded-classes.ts';
import { settingRule } from '../access/allow/settings.ts';
import { type Resource, resourceKey } from '../access/facts.ts';
import type { Catalog } from './catalog.ts';
import { parseTagPattern, type TagPattern } from './tag-pattern.ts';

/**
 * Tags that stepward gives itself. catalog: structure in pg_catalog and information_schema, for everyone to read (policies
 * must still limit it to reading: UPDATE pg_settings is a write). client: settings that are harmless or followed.
 * guarded: system relations, columns and settings that are not; `guarded-values` and the like say what they show.
 */
export const BUILT_IN_TAGS = ['catalog', 'client', 'guarded', ...GUARDED_CLASSES] as const;

export type TagRule = {
  readonly tag: string;
  /** Patterns: see parseTagPattern. */
  readonly on: readonly string[];
};

export type Tags = {
  /** Sorted, each once. A column has its table's tags too. */
  tagsOf(resource: Resource): readonly string[];
  /** Every tag that a rule defines, and the built-in ones. */
  readonly names: readonly string[];
  /** Patterns that match nothing in the catalog: most likely misspelt. Empty without a catalog. */
  readonly unmatched: readonly { readonly tag: string; readonly pattern: string }[];
};

/** A tag rule that cannot be meant: the message says which and why, and is fit for `config` errors. */
export class TagError extends Error {
  override readonly name = 'TagError';
}

type CompiledRule = { readonly tag: string; readonly pattern: TagPattern };

/**
 * Compiles the config's tags.
 * @param catalog to report patterns that match nothing
 * @throws TagError for a pattern that cannot be read, and for a rule that uses a built-in tag's name
 */
export function compileTags(rules: readonly TagRule[], catalog?: Catalog): Tags {
  const compiled = rules.flatMap(compileRule);
  const memo = new Map<string, readonly string[]>();
  return {
    tagsOf: (resource) => {
      const key = resourceKey(resource);
      const known = memo.get(key);
      if (known !== undefined) return known;
      const tags = [...new Set([...builtInTags(resource), ...ruleTags(compiled, resource)])].sort();
      // Names of channels and of settings come from clients: the memo must not grow with them.
      if (memo.size >= MEMO_LIMIT) memo.clear();
      memo.set(key, tags);
      return tags;
    },
    names: [...new Set([...BUILT_IN_TAGS, ...rules.map((rule) => rule.tag)])].sort(),
    unmatched: catalog === undefined ? [] : unmatchedOf(compiled, catalog),
  };
}

const MEMO_LIMIT = 50_000;

function compileRule(rule: TagRule): readonly CompiledRule[] {
  if (BUILT_IN_TAGS.some((tag) => tag === rule.tag)) {
    throw new TagError(`tag "${rule.tag}" is given by stepward itself and cannot be defined`);
  }
  return rule.on.map((text) => {
    const parsed = parseTagPattern(text);
    if (parsed.kind === 'invalid') throw new TagError(`tag "${rule.tag}": ${parsed.message}`);
    return { tag: rule.tag, pattern: parsed.pattern };
  });
}

function builtInTags(resource: Resource): readonly string[] {
  switch (resource.kind) {
    case 'table':
      return catalogTags(catalogPolicy(resource.schema, resource.table), resource);
    case 'column':
      return catalogTags(catalogColumnPolicy(resource.schema, resource.table, resource.column), resource);
    case 'setting':
      return settingTags(resource.name);
    case 'database':
    case 'schema':
    case 'function':
    case 'channel':
      return [];
  }
}

type CatalogName = { readonly schema: string; readonly table: string };

function catalogTags(policy: RelationPolicy, { schema, table }: CatalogName): readonly string[] {
  switch (policy) {
    case 'catalogOpen':
      return ['catalog'];
    case 'catalogGuarded': {
      const kind = guardedClass(schema, table);
      return kind === undefined ? ['guarded'] : ['guarded', kind];
    }
    case 'user':
      return [];
  }
}

/** Values that a `literals` rule does not list never get here: analysis refuses them as unsound. */
function settingTags(name: string): readonly string[] {
  const rule = settingRule(name);
  return rule === 'guarded' || rule === 'unsound' ? ['guarded'] : ['client'];
}

function ruleTags(rules: readonly CompiledRule[], resource: Resource): readonly string[] {
  const names = namesOf(resource);
  return rules.flatMap(({ tag, pattern }) =>
    names.some(([kind, parts]) => kind === pattern.kind && matches(pattern, parts)) ? [tag] : [],
  );
}

type Named = readonly [TagPattern['kind'], readonly string[]];

/** The names under which patterns can find a resource: a column also by its table. */
function namesOf(resource: Resource): readonly Named[] {
  switch (resource.kind) {
    case 'table':
      return [['table', [resource.schema, resource.table]]];
    case 'column':
      return [
        ['column', [resource.schema, resource.table, resource.column]],
        ['table', [resource.schema, resource.table]],
      ];
    case 'function':
      return [['function', [resource.schema, resource.name]]];
    case 'database':
    case 'schema':
    case 'setting':
    case 'channel':
      return [];
  }
}

function matches(pattern: TagPattern, names: readonly string[]): boolean {
  return pattern.parts.every((part, index) => part.test(names[index] ?? ''));
}

function unmatchedOf(rules: readonly CompiledRule[], catalog: Catalog): Tags['unmatched'] {
  return rules
    .filter(({ pattern }) => !matchesCatalog(pattern, catalog))
    .map(({ tag, pattern }) => ({ tag, pattern: pattern.text }));
}

function matchesCatalog(pattern: TagPattern, catalog: Catalog): boolean {
  switch (pattern.kind) {
    case 'function':
      return catalog.functions.some((fn) => matches(pattern, [fn.schema, fn.name]));
    case 'table':
      return catalog.relations.some((relation) => matches(pattern, [relation.schema, relation.name]));
    case 'column':
      return catalog.relations.some((relation) =>
        relation.columns.some((column) => matches(pattern, [relation.schema, relation.name, column.name])),
      );
  }
}
