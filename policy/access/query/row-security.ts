import type { CatalogPolicy, CatalogRelation } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import type { Access } from '../facts.ts';
import { RefusedAnalysis } from '../refusal.ts';
import { bodyOf, list } from '../tree.ts';
import { entryOf } from './alias.ts';
import type { Context } from './context.ts';
import { relationColumns } from './relation-columns.ts';
import { remembered } from './remembered.ts';
import type { Scope } from './scope.ts';

/**
 * Reports what the row-security policies of a table call and read when its rows are read: their expressions become
 * conditions of the query. Columns of the row itself are not charged, as PostgreSQL demands no right to them either; tables in
 * sub-queries are, and functions. Policies of descendants have no say where the rows are reached through an ancestor.
 * @see PostgreSQL manual, "Row Security Policies"; get_row_security_policies()
 */
export function chargeRowSecurity(context: Context, relation: CatalogRelation, location?: number): void {
  const policies = isSubject(context, relation) ? (relation.policies ?? []).filter(isForReads) : [];
  if (policies.length === 0) return;
  const accesses = remembered(context, context.env.memo.policies, relation.oid, {
    read: () => policies.flatMap((policy) => policyAccesses(context, relation, policy)),
    // PostgreSQL refuses such a policy as an infinite recursion.
    again: () => [],
  });
  for (const { action, resource, usage } of accesses) {
    context.collector.access({ action, resource, usage, via: 'policy', location });
  }
}

function isForReads({ command }: CatalogPolicy): boolean {
  return command === 'all' || command === 'select';
}

/** Whose rows are hidden by policies: known of the role that has read the catalog, and of owners; assumed of others. */
function isSubject({ env }: Context, relation: CatalogRelation): boolean {
  if (!relation.hasRowSecurity) return false;
  if (env.namespace.role === env.index.catalog.role) return relation.isRowSecurityActive ?? true;
  return env.namespace.role !== relation.owner || relation.isRowSecurityForced === true;
}

function policyAccesses(context: Context, relation: CatalogRelation, policy: CatalogPolicy): readonly Access[] {
  if (policy.using === undefined) return [];
  const collector = new Collector(context.env.toSpan);
  const isolated = context.isolated(collector, context.env.namespace.role);
  const entry = entryOf({ columns: relationColumns(context, relation, false) }, undefined, relation.name);
  const scope: Scope = { entries: [entry], ctes: undefined, parent: undefined };
  try {
    for (const node of expressionsOf(context, policy.using)) isolated.expression(node, scope, 'condition');
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    collector.opaque(`policy "${policy.name}" of table "${relation.name}", which cannot be analysed`);
  }
  return collector.accesses().filter(({ action, resource }) => action !== 'select' || !isOwn(relation, resource));
}

function isOwn({ schema, name }: CatalogRelation, resource: Access['resource']): boolean {
  return resource.kind === 'column' && resource.schema === schema && resource.table === name;
}

function expressionsOf(context: Context, expression: string): readonly unknown[] {
  const [statement] = context.env.parse(`SELECT ${expression}`);
  const select = bodyOf(statement, 'SelectStmt');
  return select === undefined ? [] : list(select, 'targetList').map((node) => bodyOf(node, 'ResTarget')?.['val']);
}
