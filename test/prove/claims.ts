import type { Access, AccessFacts, Resource } from '../../policy/access/facts.ts';

/** Why an access is there. */
export type Reason = Pick<Access, 'via' | 'usage'>;
export type Reasons = ReadonlyMap<string, readonly Reason[]>;

/** What the facts say, in the words of the oracle. */
export type Claims = {
  readonly reads: Reasons;
  readonly rows: Reasons;
  readonly inserts: Reasons;
  readonly updates: Reasons;
  readonly deletes: Reasons;
  readonly locks: Reasons;
  readonly calls: Reasons;
  readonly isOpaque: boolean;
  /** Calls that facts have under another name: set_config is the setting that it sets, pg_notify the channel. */
  readonly special: ReadonlySet<string>;
};

/** Tables and columns of every access, by what is done to them. A column counts for its table as well (`rows`). */
export function claimsOf(facts: AccessFacts): Claims {
  const accesses = facts.statements.flatMap((statement) => statement.accesses);
  const of = (...actions: readonly Access['action'][]): readonly Access[] =>
    accesses.filter((access) => actions.includes(access.action));
  const writes = of('insert', 'update', 'delete', 'truncate', 'lock');
  return {
    reads: byName(of('select').filter(({ resource }) => resource.kind === 'column')),
    rows: byTable(of('select')),
    inserts: byName(of('insert')),
    updates: byName(of('update')),
    deletes: byName(of('delete')),
    locks: byTable(writes),
    calls: byName(of('execute')),
    special: specialCalls(facts),
    isOpaque: facts.statements.some((statement) => statement.opaque.length > 0),
  };
}

function specialCalls({ statements }: AccessFacts): ReadonlySet<string> {
  const special = new Set<string>();
  for (const { accesses, effects } of statements) {
    const isSet = accesses.some(({ action }) => action === 'set') || effects.some(({ kind }) => kind === 'set');
    if (isSet) special.add('pg_catalog.set_config');
    if (accesses.some(({ action }) => action === 'notify')) special.add('pg_catalog.pg_notify');
  }
  return special;
}

function byName(accesses: readonly Access[]): Reasons {
  return group(accesses, nameOf);
}

function byTable(accesses: readonly Access[]): Reasons {
  return group(accesses, tableOf);
}

function group(accesses: readonly Access[], nameIn: (resource: Resource) => string | undefined): Reasons {
  const groups = new Map<string, Reason[]>();
  for (const { resource, via, usage } of accesses) {
    const name = nameIn(resource);
    const reason = via === undefined ? { usage } : { usage, via };
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), reason]);
  }
  return groups;
}

function nameOf(resource: Resource): string | undefined {
  switch (resource.kind) {
    case 'column':
      return `${resource.schema}.${resource.table}.${resource.column}`;
    case 'table':
      return `${resource.schema}.${resource.table}`;
    case 'function':
      return `${resource.schema}.${resource.name}`;
    case 'schema':
    case 'database':
    case 'setting':
    case 'channel':
      return undefined;
  }
}

function tableOf(resource: Resource): string | undefined {
  return resource.kind === 'column' || resource.kind === 'table' ? `${resource.schema}.${resource.table}` : undefined;
}
