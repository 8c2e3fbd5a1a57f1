import type { CatalogRelation } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import { typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import type { ViewFacts } from './memo.ts';
import { columnSource } from './relation-columns.ts';
import { remembered } from './remembered.ts';
import { EMPTY_SCOPE } from './scope.ts';
import type { Column, Lineage, Source } from './value.ts';
import { lineageOf, lineageOfRows, NO_LINEAGE, source } from './value.ts';

/** A view's definition is read as its owner's own query, once for each catalog. */
export function viewFacts(context: Context, view: CatalogRelation, location?: number): ViewFacts {
  try {
    return remembered(context, context.env.memo.views, view.oid, {
      read: () => readDefinition(context, view),
      again: () => {
        throw unsupported(`view "${view.name}", which reads itself`, location);
      },
    });
  } catch (error) {
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
  const rows = context.isolated(collector, readerOf(view)).query(statement, EMPTY_SCOPE, 'deferred');
  const tables = collector.touched().flatMap(({ resource }) => (resource.kind === 'table' ? [resource] : []));
  // What the functions in it do to the session happens for whoever reads the view: nobody follows that from here.
  if (collector.effects().length > 0) collector.opaque(`view "${view.name}", whose functions change the session`);
  return { rows, conditions: collector.reported(), tables, isReadOnly: collector.isReadOnly() };
}

/** Whose row security counts underneath: the owner's, or that of whoever reads a view with security_invoker: anybody's. */
function readerOf({ isSecurityInvoker, owner }: CatalogRelation): string {
  return isSecurityInvoker === true ? '' : owner;
}

/** Reports what any use of the view reads: the conditions in it, its tables, and the functions that it calls. */
export function chargeView(context: Context, view: CatalogRelation, location?: number): void {
  const { conditions, tables, isReadOnly } = viewFacts(context, view, location);
  if (!isReadOnly) context.collector.locking();
  for (const { action, resource, usage } of conditions) {
    context.collector.access({ action, resource, usage, via: 'view', location });
  }
  for (const table of tables) context.collector.touch(table, 'view', location);
}

/** The view's columns: each is itself, and the base columns that it derives from. */
export function viewColumns(context: Context, view: CatalogRelation, location?: number): readonly Column[] {
  const { rows } = viewFacts(context, view, location);
  return view.columns.map((column, at): Column => {
    const base = rows.open === undefined ? rows.columns[at] : { lineage: lineageOfRows(rows) };
    const lineage = viewLineage(view, column.name, base);
    return { name: column.name, lineage, type: typeOfOid(context, column.typeOid), isCopy: true };
  });
}

function viewLineage(view: CatalogRelation, column: string, base?: Pick<Column, 'lineage' | 'isCopy'>): Lineage {
  const sources = [...(base?.lineage ?? NO_LINEAGE).values()].map((one): Source => {
    const seen = source(one.resource, 'view');
    return base?.isCopy === true && one.isDerived === undefined ? seen : { ...seen, isDerived: true };
  });
  return lineageOf([columnSource(view, column), ...sources]);
}
