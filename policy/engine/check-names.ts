import type { Catalog } from '../catalog/catalog.ts';
import type { LoadedPolicy, PolicyBundle } from './bundle.ts';
import { type EntityLiteral, entityLiterals } from './entity-literals.ts';
import { entityOf, uidText } from './model.ts';
import { nearest } from './nearest.ts';
import { byPosition, type Problem } from './problem.ts';
import { positionAt } from './text-position.ts';

/** What the names in policies can mean. What is left out is not checked. */
export type KnownNames = {
  readonly catalog?: Catalog;
  /** Tags of the configuration and the built-in ones. */
  readonly tags?: readonly string[];
  readonly groups?: readonly string[];
  readonly users?: readonly string[];
};

/**
 * Finds names in policies that nothing has: a misspelt column, a tag that no configuration defines, a group that nobody is
 * in. Cedar cannot know: to it such an entity is merely one that never comes, and the policy one that never applies.
 * @returns one error for each, with the place of the name in its file
 */
export function checkNames(bundle: PolicyBundle, known: KnownNames): readonly Problem[] {
  const names = namesByType(known);
  return bundle.policies
    .flatMap((policy) => entityLiterals(policy).flatMap((literal) => problemWith(policy, literal, names)))
    .sort(byPosition);
}

/** The names are put together where a policy has an entity of the type: a database may have 200,000 columns. */
type NamesByType = ReadonlyMap<string, { readonly ids: () => ReadonlySet<string>; readonly missing: string }>;

function problemWith(policy: LoadedPolicy, literal: EntityLiteral, names: NamesByType): readonly Problem[] {
  const known = names.get(literal.type);
  if (known === undefined || known.ids().has(literal.id)) return [];
  const guess = nearest(literal.id, known.ids());
  return [
    {
      severity: 'error',
      file: policy.file,
      ...positionAt(policy.fileText, policy.start + literal.offset),
      message: `${uidText(literal)}: ${known.missing}`,
      ...(guess === undefined ? {} : { help: `did you mean ${uidText({ type: literal.type, id: guess })}?` }),
      policy: policy.id,
    },
  ];
}

function namesByType({ catalog, tags, groups, users }: KnownNames): NamesByType {
  const names = new Map<string, { ids: () => ReadonlySet<string>; missing: string }>();
  const add = (type: string, list: () => Iterable<string>, missing: string): void => {
    let ids: ReadonlySet<string> | undefined;
    names.set(type, { ids: () => (ids ??= new Set(list())), missing });
  };
  if (tags !== undefined) add('Tag', () => tags, 'no such tag is configured');
  if (groups !== undefined) add('Group', () => groups, 'nobody is in this group');
  if (users !== undefined) add('User', () => users, 'there is no such person');
  for (const [type, ids] of catalog === undefined ? [] : catalogNames(catalog)) {
    add(type, ids, `the database has no such ${type.toLowerCase()}`);
  }
  return names;
}

function catalogNames(catalog: Catalog): readonly [type: string, ids: () => readonly string[]][] {
  const { database } = catalog;
  const idOf = (resource: Parameters<typeof entityOf>[0]): string => entityOf(resource, database).id;
  return [
    ['Database', () => [database]],
    ['Schema', () => catalog.schemas.map((schema) => idOf({ kind: 'schema', schema }))],
    ['Table', () => catalog.relations.map(({ schema, name }) => idOf({ kind: 'table', schema, table: name }))],
    [
      'Column',
      () =>
        catalog.relations.flatMap(({ schema, name, columns }) =>
          columns.map((column) => idOf({ kind: 'column', schema, table: name, column: column.name })),
        ),
    ],
    ['Function', () => catalog.functions.map(({ schema, name }) => idOf({ kind: 'function', schema, name }))],
  ];
}
