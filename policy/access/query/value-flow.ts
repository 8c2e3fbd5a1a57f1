import type { ValueFlow } from '../facts.ts';
import type { FlowSource } from '../flows.ts';
import type { Context } from './context.ts';
import type { Relation } from './relation-entry.ts';
import type { Column, Lineage, Rows, Value } from './value.ts';
import { mergeLineages } from './value.ts';

/** What a value brings along, each marked where something was computed from it. */
export function flowSources({ lineage, isCopy }: Value): readonly FlowSource[] {
  const sources = [...lineage.values()].filter((one) => one.pending === undefined);
  return isCopy === true ? sources : sources.map((one) => ({ ...one, isDerived: true }));
}

/** Reports that a value becomes a column's; through a view, that of the columns behind it. */
export function flowInto(context: Context, relation: Relation, column: Column, value: Value): void {
  if (value.lineage.size === 0) return;
  const sources = flowSources(value);
  for (const target of targetsOf(relation, column)) context.collector.flows.add(target, sources);
}

/** The same for rows of which not all columns are known: each may go into any column. */
export function flowOpenInto(context: Context, relation: Relation, rows: Rows): void {
  if (rows.open === undefined) return;
  const lineage = mergeLineages([rows.open, ...rows.columns.map((column) => column.lineage)]);
  for (const column of relation.columns) flowInto(context, relation, column, { lineage, type: column.type });
}

/** What this statement has brought into a column so far: the rows that RETURNING and `excluded` show have it. */
export function broughtInto(context: Context, relation: Relation, column: Column): Lineage {
  return mergeLineages(targetsOf(relation, column).map((target) => context.collector.flows.into(target)));
}

type Target = ValueFlow['target'];

function targetsOf(relation: Relation, column: Column): readonly Target[] {
  const { schema, name, kind } = relation;
  const own: Target = { kind: 'column', schema, table: name, column: column.name };
  if (kind !== 'view') return [own];
  const behind = [...column.lineage.values()].flatMap(({ resource, via }): readonly Target[] =>
    resource.kind === 'column' && via === 'view' ? [resource] : [],
  );
  return behind.length === 0 ? [own] : behind;
}
