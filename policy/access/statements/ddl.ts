import type { Resource } from '../facts.ts';
import { analyseExpression, analyseRelationExpression } from '../query/query.ts';
import type { Environment } from '../query/environment.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, isTree, list, locationOf, str, type Tree, tree } from '../tree.ts';
import { DDL_KINDS, type DdlKind } from './ddl-kinds.ts';
import { findRelation, isTempSchema, rangeVarsOf, requireRelation, tableResource, targetSchema } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';
import { isQueryTag, walk } from './walk.ts';

/** The rule for a node kind of the table; undefined where the table does not have it. */
export function ddlRule(tag: string): StatementRule | undefined {
  const known = Object.hasOwn(DDL_KINDS, tag) ? DDL_KINDS[tag] : undefined;
  if (known === undefined) return undefined;
  return (body, scene) => {
    if (tag !== 'CreateFunctionStmt' && tag !== 'AlterFunctionStmt') refuseTemporary(body, known.kind, scene.env);
    return changeDefinitions(known, body, scene);
  };
}

function changeDefinitions(known: DdlKind, body: Tree, scene: Scene): string {
  const targets = targetsOf(known, body, scene);
  for (const { resource, location } of targets)
    scene.collector.access({ action: 'ddl', resource, usage: 'none', location });
  if (known.opaque === true) scene.collector.opaque(known.kind, targets[0]?.location);
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
  return known.kind;
}

type Target = { readonly resource: Resource; readonly location?: number | undefined };

/** Every relation that is named outside of queries: partitions, parents and referenced tables change as well. */
function targetsOf(known: DdlKind, body: Tree, scene: Scene): readonly Target[] {
  const rangeVars = known.on === 'database' ? [] : rangeVarsOf(body, { queries: false });
  if (rangeVars.length === 0) return [{ resource: { kind: 'database' } }];
  return rangeVars.map((rangeVar) => {
    const found = known.on === 'relation' ? findRelation(rangeVar, scene.env) : undefined;
    const location = locationOf(rangeVar);
    if (found?.kind === 'relation') return { resource: tableResource(found.relation), location };
    // An index, or a relation that has come since the snapshot: what is known is where it would be.
    return { resource: { kind: 'schema', schema: targetSchema(rangeVar, scene.env) }, location };
  });
}

/**
 * Temporary objects live in pg_temp, which is searched first: what names mean would change unseen. The session follows
 * plain temporary tables and views only.
 */
export function refuseTemporary(body: Tree, kind: string, env: Environment): void {
  const isTemporary = rangeVarsOf(body, { queries: false }).some(
    (rangeVar) => targetSchema(rangeVar, env) === 'pg_temp' || findRelation(rangeVar, env)?.kind === 'temp',
  );
  // Without a schema in its name, a new type or operator goes to the first schema of the path.
  const createsInTemp = isTempSchema(env.namespace.searchPath[0] ?? '');
  if (isTemporary || createsInTemp || namesTempSchema(body)) throw unsupported(`${kind} of a temporary object`);
}

function namesTempSchema(body: Tree): boolean {
  let found = false;
  walk(body, (field, value) => {
    if (isQueryTag(field)) return false;
    if (field === 'String' && isTree(value) && isTempSchema(str(value, 'sval'))) found = true;
    return true;
  });
  return found;
}

/** CREATE INDEX reads the table, calls what its expressions call, and prints keys that are not unique. */
export const createIndex: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation') ?? {};
  const found = requireRelation(rangeVar, scene.env);
  const expressions = [
    ...list(body, 'indexParams').map((item) => bodyOf(item, 'IndexElem')?.['expr']),
    body['whereClause'],
  ];
  for (const expression of expressions) {
    if (expression !== undefined) analyseRelationExpression(expression, rangeVar, scene.env, scene.collector);
  }
  scene.collector.locking();
  if (found.kind === 'temp') return 'CREATE INDEX';
  const resource = tableResource(found.relation);
  scene.collector.access({ action: 'ddl', resource, usage: 'none', location: locationOf(rangeVar) });
  scene.collector.effect({ kind: 'ddl' });
  return 'CREATE INDEX';
};

/** A procedure may do anything that its body says, DDL included. */
export const call: StatementRule = (body, scene) => {
  const funccall = tree(body, 'funccall');
  if (funccall === undefined) throw unsupported('CALL without a procedure');
  analyseExpression({ FuncCall: funccall }, scene.env, scene.collector);
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
  return 'CALL';
};
