import { Collector } from '../collector.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import { bodyOf, list } from '../tree.ts';
import type { Context } from '../query/context.ts';
import { reportOwn, rowScope, type Write } from './own-code.ts';

/**
 * What the rules of a table put beside a write or in its place. Each action is a query over OLD and NEW, resolved when the rule
 * was made.
 */
export function fireRules(context: Context, write: Write): void {
  const { relation, event } = write;
  const rules = relation.rules.filter((rule) => rule.event.toLowerCase() === event);
  if (rules.length === 0) return;
  // Rules that lead back to the table: PostgreSQL refuses them when the statement is rewritten.
  const visit = -relation.oid;
  if (context.visits.isRepeat(visit)) return;
  context.visits.visit(visit, () => {
    for (const rule of rules) fireRule(context, rule, write);
  });
}

function fireRule(context: Context, rule: Write['relation']['rules'][number], write: Write): void {
  const collector = new Collector(() => ({ start: 0, end: 0 }));
  try {
    analyseRule(context.isolated(collector), rule.definition, write);
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    collector.opaque(`rule "${rule.name}" on table "${write.relation.name}"`);
  }
  reportOwn(context, collector, write);
}

function analyseRule(context: Context, definition: string, write: Write): void {
  if (definition === '') throw unsupported('a rule without a definition');
  const rule = bodyOf(context.env.parse(definition)[0], 'RuleStmt');
  if (rule === undefined) throw unsupported('a rule of an unknown shape');
  const scope = rowScope(context, write);
  if (rule['whereClause'] !== undefined) context.expression(rule['whereClause'], scope, 'condition');
  for (const action of list(rule, 'actions')) context.query(action, scope, 'output');
}
