import type { CatalogRelation } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import { typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import type { ViewFacts } from './memo.ts';
import { columnSource } from './relation-columns.ts';
import { EMPTY_SCOPE } from './scope.ts';
import type { Column, Lineage, Source } from './value.ts';
import { lineageOfRows, NO_LINEAGE, source } from './value.ts';

/** A view's definition is read as its owner's own query, once for each catalog. */
export function viewFacts(context: Context, view: CatalogRelation, location?: number): ViewFacts {
  const { views } = context.env.memo;
  const known = views.get(view.oid);
  if (known === 'inProgress') throw unsupported(`view "${view.name}", which reads itself`, location);
  if (known !== undefined) return known;
  views.set(view.oid, 'inProgress');
  try {
    const facts = readDefinition(context, view);
    views.set(view.oid, facts);
    return facts;
  } catch (error) {
    views.delete(view.oid);
    if (error instanceof RefusedAnalysis) throw inView(view, error, location);
    throw error;
  }
}

function inView(view: CatalogRelation, error: RefusedAnalysis, location?: number): RefusedAnalysis {
  const message = `view "${view.name}" cannot be analysed: ${error.refusal.message}`;
  return new RefusedAnalysis({ ...error.refusal, message }, location);
}

function readDefinition(context: Context, view: CatalogRelation): ViewFacts {
  if (view.definition === undefined) throw unsupported('a view without a definition in the catalog');
  const [statement, ...others] = context.env.parse(view.definition);
  if (statement === undefined || others.length > 0) throw unsupported('its definition');
  const collector = new Collector(context.env.toSpan);
  const rows = context.isolated(collector).query(statement, EMPTY_SCOPE, 'deferred');
  const tables = collector.touched().flatMap(({ resource }) => (resource.kind === 'table' ? [resource] : []));
  return { rows, conditions: collector.reported(), tables };
}

/** Reports what any use of the view reads: the conditions in it, its tables, and the functions that it calls. */
export function chargeView(context: Context, view: CatalogRelation, location?: number): void {
  const { conditions, tables } = viewFacts(context, view, location);
  for (const { action, resource, usage } of conditions) {
    context.collector.access({ action, resource, usage, via: 'view', location });
  }
  for (const table of tables) context.collector.touch(table, 'view', location);
}

/** The view's columns: each is itself, and the base columns that it derives from. */
export function viewColumns(context: Context, view: CatalogRelation, location?: number): readonly Column[] {
  const { rows } = viewFacts(context, view, location);
  return view.columns.map((column, at) => ({
    name: column.name,
    lineage: viewLineage(view, column.name, rows.open === undefined ? rows.columns[at]?.lineage : lineageOfRows(rows)),
    type: typeOfOid(context, column.typeOid),
  }));
}

function viewLineage(view: CatalogRelation, column: string, base: Lineage | undefined): Lineage {
  const own = columnSource(view, column);
  const sources = [...(base ?? NO_LINEAGE).values()].map((one): Source => source(one.resource, 'view'));
  return new Map([own, ...sources].map((one) => [one.key, one]));
}
