import type { TriggerRow } from '../query/body-facts.ts';
import { charge, type Context } from '../query/context.ts';
import { relationColumns } from '../query/relation-columns.ts';
import type { Column } from '../query/value.ts';
import { viewColumns } from '../query/views.ts';
import { lineageOf, NO_LINEAGE, source } from '../query/value.ts';
import type { Cells } from './cells.ts';

/**
 * OLD and NEW at the start of a trigger. OLD is the row that is there; NEW is that row with what the statement brings, which was
 * judged where it came from.
 */
export function triggerRows(context: Context, row: TriggerRow): ReadonlyMap<string, readonly Column[]> {
  const stored = storedColumns(context, row);
  const there = stored.map(({ name, type, lineage }): Column => {
    const sources = row.relation.kind === 'view' ? [...lineage.values()] : [own(row, name)];
    return { name, type, lineage: lineageOf(sources) };
  });
  const brought = stored.map(({ name, type }): Column => ({ name, type, lineage: NO_LINEAGE }));
  return new Map([
    ['new', row.event === 'update' ? there : brought],
    ['old', row.event === 'insert' ? brought : there],
  ]);
}

/** Behind a view the row is made of other tables' columns. */
function storedColumns(context: Context, { relation }: TriggerRow): readonly Column[] {
  return relation.kind === 'view' ? viewColumns(context, relation) : relationColumns(context, relation, false);
}

function own(row: TriggerRow, column: string): ReturnType<typeof source> {
  return source({ kind: 'column', schema: row.relation.schema, table: row.relation.name, column }, 'trigger');
}

/** What a trigger puts into NEW is stored, like a value that the statement assigns. */
export function chargeNewRow(context: Context, row: TriggerRow, cells: Cells): void {
  const { schema, name: table } = row.relation;
  for (const { name, lineage } of cells.value('new')?.fields ?? []) {
    const before = triggerRows(context, row)
      .get('new')
      ?.find((column) => column.name === name)?.lineage;
    const added = lineageOf([...lineage.values()].filter((one) => before?.has(one.key) !== true));
    if (added.size === 0) continue;
    charge(context, added, 'output');
    const target = { kind: 'column', schema, table, column: name } as const;
    context.collector.flows.add(
      target,
      [...added.values()].map((one) => ({ ...one, isDerived: true })),
    );
  }
}
