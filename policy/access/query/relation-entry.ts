import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Access, TempRelation } from '../facts.ts';
import { unknownName, unknownRelation } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bool, locationOf, str } from '../tree.ts';
import { typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import { relationColumns, relatives } from './relation-columns.ts';
import { chargeRowSecurity } from './row-security.ts';
import { findType } from './type-name.ts';
import type { Column, Lineage, Source, StaticType } from './value.ts';
import { lineageOf, NO_LINEAGE, ROW, source, UNDETERMINED } from './value.ts';
import { chargeView, viewColumns } from './views.ts';

/** A relation of the catalog or of this session, as a FROM item or the target of a write sees it. */
export type Relation = {
  readonly kind: 'stored' | 'view' | 'temp';
  readonly schema: string;
  readonly name: string;
  /** undefined for a temporary table. */
  readonly stored: CatalogRelation | undefined;
  readonly columns: readonly Column[];
  /** Set where columns are not known (a temporary table that was not seen being made): any name is one. */
  readonly open?: Lineage;
  /** What went into a temporary table: reads, but also functions that were called for it. */
  readonly taint: readonly Access[];
  readonly rowType: StaticType;
  /** What ctid, xmin... read. */
  readonly system: Lineage;
  /** Without ONLY: rows of tables that inherit from it as well. */
  readonly hasDescendants: boolean;
  readonly location: number | undefined;
};

/** The relation that a RangeVar names; nothing is reported yet. */
export function resolveRelation(context: Context, rangeVar: Tree): Relation {
  const location = locationOf(rangeVar);
  const catalog = str(rangeVar, 'catalogname');
  const schema = str(rangeVar, 'schemaname');
  const name = str(rangeVar, 'relname');
  const full = { name, ...(schema === '' ? {} : { schema }), ...(catalog === '' ? {} : { catalog }) };
  const resolved = context.env.index.resolveRelation(context.env.namespace, full);
  if (resolved === undefined)
    throw unknownRelation([catalog, schema, name].filter((part) => part !== '').join('.'), location);
  if (resolved.kind === 'temp') return tempRelation(context, resolved.temp, location);
  return storedRelation(context, resolved.relation, bool(rangeVar, 'inh'), location);
}

function storedRelation(
  context: Context,
  stored: CatalogRelation,
  hasDescendants: boolean,
  location: number | undefined,
): Relation {
  const { schema, name } = stored;
  if (stored.kind === 'compositeType') throw unknownName('42809', `"${name}" is a composite type`, location);
  const isView = isSeenThrough(context, stored);
  const columns = isView ? viewColumns(context, stored, location) : relationColumns(context, stored, hasDescendants);
  const rowType = findType(context, schema, name)?.type ?? ROW;
  const system = lineageOf([source({ kind: 'table', schema, table: name })]);
  return {
    kind: isView ? 'view' : 'stored',
    schema,
    name,
    stored,
    columns,
    taint: [],
    rowType,
    system,
    hasDescendants,
    location,
  };
}

/** The system's own views are resources of their own; what they read underneath is for nobody to grant. */
function isSeenThrough(context: Context, relation: CatalogRelation): boolean {
  const isView = relation.kind === 'view' || relation.kind === 'materializedView';
  return isView && context.env.index.relationPolicy(relation) === 'user';
}

/** Rows of other tables went into it: reading a column of it is reading what went into that column. */
function tempRelation(context: Context, temp: TempRelation, location: number | undefined): Relation {
  const reads = temp.sources.filter((access) => access.action === 'select');
  const any = lineageOf(reads.map((access) => derived(source(access.resource, 'temp'))));
  const columns = temp.columns.map((name, at): Column => {
    const oid = temp.typeOids?.[at] ?? -1;
    const lineage = columnLineage(temp, at) ?? any;
    return { name, lineage, type: oid < 0 ? UNDETERMINED : typeOfOid(context, oid), isCopy: true };
  });
  return {
    kind: 'temp',
    schema: 'pg_temp',
    name: temp.name,
    stored: undefined,
    columns,
    ...(columns.length === 0 ? { open: any } : {}),
    taint: temp.sources,
    rowType: ROW,
    system: NO_LINEAGE,
    hasDescendants: false,
    location,
  };
}

function columnLineage(temp: TempRelation, at: number): Lineage | undefined {
  const sources = temp.columnSources?.[at];
  if (sources === undefined) return undefined;
  return lineageOf(
    sources.map(({ resource, isCopy }) => (isCopy ? source(resource, 'temp') : derived(source(resource, 'temp')))),
  );
}

function derived(one: Source): Source {
  return { ...one, isDerived: true };
}

/** A write to a temporary table that tells how many of its rows it found: as good as counting them. */
export function touchTemp(context: Context, relation: Relation): void {
  if (relation.kind === 'temp') touchRelation(context, relation);
}

/** Reports that rows of the relation are read, whichever columns that will be. */
export function touchRelation(context: Context, relation: Relation): void {
  const { collector } = context;
  const { stored, location } = relation;
  for (const { action, resource, usage } of relation.taint) {
    if (action === 'select' && resource.kind === 'table') {
      collector.touch(resource, 'temp', location);
      continue;
    }
    const isRead = action === 'select';
    collector.access({ action, resource, usage: isRead ? 'condition' : usage, via: 'temp', location });
  }
  if (stored === undefined) return;
  collector.touch({ kind: 'table', schema: stored.schema, table: stored.name }, undefined, location);
  if (relation.kind === 'view') return chargeView(context, stored, location);
  chargeRowSecurity(context, stored, location);
  for (const relative of relatives(context, stored, relation.hasDescendants)) {
    const resource = { kind: 'table', schema: relative.schema, table: relative.name } as const;
    collector.touch(resource, 'inheritance', location);
  }
}
