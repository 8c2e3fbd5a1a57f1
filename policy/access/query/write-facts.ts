import type { CatalogRelation, CatalogTrigger } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import type { Access, Via } from '../facts.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import { bodyOf, list } from '../tree.ts';
import type { Context } from './context.ts';
import { entryOf } from './alias.ts';
import type { WriteFacts } from './memo.ts';
import { relationColumns } from './relation-columns.ts';
import { remembered } from './remembered.ts';
import type { Scope } from './scope.ts';

/** What a write to the table calls by itself: worked out once for each catalog. */
export function writeFacts(context: Context, relation: CatalogRelation): WriteFacts {
  return remembered(context, context.env.memo.writes, relation.oid, {
    read: () => readFacts(context, relation),
    again: () => {
      throw unsupported(`a write to table "${relation.name}", whose default reads itself`);
    },
  });
}

function readFacts(context: Context, relation: CatalogRelation): WriteFacts {
  const defaults = new Map<string, readonly Access[]>();
  const always: Access[] = [];
  const evaluated: Evaluated[] = [];
  for (const column of relation.columns) {
    if (column.default !== undefined) defaults.set(column.name, calls(context, relation, column.default, 'default'));
    if (column.generated === undefined) continue;
    const read = evaluate(context, relation, column.generated);
    always.push(...acting(read.accesses, 'generated'));
    evaluated.push(read);
  }
  for (const check of relation.checks) {
    const read = evaluate(context, relation, check);
    always.push(...acting(read.accesses, 'constraint'));
    evaluated.push(read);
  }
  const uniqueKeys: (readonly string[])[] = [];
  for (const { isUnique, columns, expressions } of relation.indexes ?? []) {
    const read = expressions.map((expression) => evaluate(context, relation, expression));
    always.push(...read.flatMap(({ accesses }) => acting(accesses, 'constraint')));
    evaluated.push(...read);
    if (isUnique) uniqueKeys.push([...new Set([...columns, ...read.flatMap((one) => one.columns)])]);
  }
  const evaluatedTogether = evaluated.map((one) => one.columns).filter((columns) => columns.length > 1);
  return { defaults, always, uniqueKeys, evaluatedTogether };
}

/**
 * The functions that an expression of the table's definition calls. What it reads of its own row is the writer's business;
 * sequences behind identity and serial columns are the table's own.
 */
function calls(context: Context, relation: CatalogRelation, expression: string, via: Via): readonly Access[] {
  return acting(evaluate(context, relation, expression).accesses, via);
}

function acting(accesses: readonly Access[], via: Via): readonly Access[] {
  return accesses
    .filter((access) => access.via === 'function' || (access.action !== 'select' && access.action !== 'update'))
    .map((access) => ({ ...access, via, spans: [] }));
}

type Evaluated = {
  readonly accesses: readonly Access[] /** Of the table's own row. */;
  readonly columns: readonly string[];
};

function evaluate(context: Context, relation: CatalogRelation, expression: string): Evaluated {
  const collector = new Collector(context.env.toSpan);
  const isolated = context.isolated(collector);
  const entry = entryOf({ columns: relationColumns(context, relation, false) }, undefined, relation.name);
  const scope: Scope = { entries: [entry], ctes: undefined, parent: undefined };
  const columns = new Set<string>();
  try {
    for (const node of parseExpressions(context, expression)) {
      for (const { resource, via } of isolated.expression(node, scope, 'deferred').lineage.values()) {
        // What a function has read is stored, or decides whether the row may be.
        if (via === 'function') collector.access({ action: 'select', resource, usage: 'output', via });
        else if (resource.kind === 'column' && resource.table === relation.name) columns.add(resource.column);
      }
    }
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    collector.opaque(`an expression of table "${relation.name}" that cannot be analysed`);
  }
  if (collector.effects().length > 0)
    collector.opaque(`an expression of table "${relation.name}" that changes the session`);
  return { accesses: collector.accesses(), columns: [...columns] };
}

/** A CHECK comes as its expression, or as the constraint's definition (`CHECK (...)`); an index's keys as a list. */
function parseExpressions(context: Context, expression: string): readonly unknown[] {
  const text = expression
    .replace(/^CHECK\s*(?=\()/i, '')
    .replace(/\)\s*(NO INHERIT|NOT VALID|NOT ENFORCED|\s)*$/i, ')');
  const [statement] = context.env.parse(`SELECT ${text}`);
  const select = bodyOf(statement, 'SelectStmt');
  const targets = select === undefined ? [] : list(select, 'targetList').map((node) => bodyOf(node, 'ResTarget'));
  if (targets.length === 0) throw unsupported('an expression of the catalog');
  return targets.map((target) => target?.['val']);
}

/** Reports what a write calls, at the place in the text that names the table. */
export function reportWrite(context: Context, accesses: readonly Access[], location?: number): void {
  for (const { action, resource, usage, via } of accesses) {
    context.collector.access({ action, resource, usage, via, location });
  }
}

export type WriteEvent = CatalogTrigger['events'][number];
