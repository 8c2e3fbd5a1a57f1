import type { CatalogTrigger } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import type { TempRelation, ValueSource } from '../facts.ts';
import { RefusedAnalysis } from '../refusal.ts';
import { bodyOf, list, names, str, type Tree } from '../tree.ts';
import type { TriggerRow } from '../query/body-facts.ts';
import { invoke, isBuiltinOid } from '../query/calls.ts';
import type { Context } from '../query/context.ts';
import { fireRules } from './rules.ts';
import { reportOwn, rowScope, type Write } from './own-code.ts';

/** Reports what the triggers and rules do that a write sets off. */
export function fireTriggers(context: Context, write: Write): void {
  for (const trigger of write.relation.triggers) {
    if (trigger.events.includes(write.event)) fireTrigger(context, trigger, write);
  }
  fireRules(context, write);
}

function fireTrigger(context: Context, trigger: CatalogTrigger, write: Write): void {
  const { relation, event, location } = write;
  const definition = definitionOf(context, trigger);
  if (definition !== undefined && !isFor(definition, write)) return;
  const row: TriggerRow = { relation, event, tables: transitionTables(definition, write) };
  if (definition?.['whenClause'] !== undefined) checkWhen(context, definition['whenClause'], write);
  const fn = context.env.index.functionByOid(trigger.functionOid);
  if (fn !== undefined) invoke(context, fn, { location, via: 'trigger', args: [], row });
  else if (!isBuiltinOid(trigger.functionOid))
    context.collector.opaque(`trigger "${trigger.name}", whose function the catalog does not show`, location);
}

/** Before everything else that has its name. What is in the rows of an INSERT was judged where it came from. */
function transitionTables(definition: Tree | undefined, { relation, event }: Write): readonly TempRelation[] {
  return list(definition ?? {}, 'transitionRels').flatMap((item): readonly TempRelation[] => {
    const body = bodyOf(item, 'TriggerTransition');
    if (body === undefined) return [];
    const { schema, name: table, columns } = relation;
    const columnSources = columns.map(({ name: column }): readonly ValueSource[] => {
      const isThere = event !== 'insert';
      return isThere ? [{ resource: { kind: 'column', schema, table, column }, isCopy: true }] : [];
    });
    const typeOids = columns.map(({ typeOid }) => typeOid);
    return [
      { name: str(body, 'name'), columns: columns.map(({ name }) => name), typeOids, columnSources, sources: [] },
    ];
  });
}

function definitionOf(context: Context, trigger: CatalogTrigger): Tree | undefined {
  if (trigger.definition === undefined) return undefined;
  return bodyOf(context.env.parse(trigger.definition)[0], 'CreateTrigStmt');
}

/** UPDATE OF: a generated column changes with the columns it is made of, so its trigger counts always. */
function isFor(definition: Tree, { relation, event, columns }: Write): boolean {
  const named = names(list(definition, 'columns'));
  if (event !== 'update' || columns === undefined || named.length === 0) return true;
  const isGenerated = (name: string): boolean =>
    relation.columns.some((column) => column.name === name && column.generated !== undefined);
  return named.some((name) => columns.has(name) || isGenerated(name));
}

/** The condition sees OLD and NEW; it was resolved when the trigger was made. */
function checkWhen(context: Context, condition: unknown, write: Write): void {
  const collector = new Collector(() => ({ start: 0, end: 0 }));
  try {
    context.isolated(collector).expression(condition, rowScope(context, write), 'condition');
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    collector.opaque(`WHEN of a trigger on table "${write.relation.name}" that cannot be analysed`);
  }
  reportOwn(context, collector, write);
}
