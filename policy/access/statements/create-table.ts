import { analyseExpression, analyseRelationExpression, resolveTypeUse, typeOidOf } from '../query/query.ts';
import type { TempRelation } from '../facts.ts';
import { isBuiltinOid } from '../query/calls.ts';
import type { Environment } from '../query/environment.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, bool, list, locationOf, names, nodeOf, str, type Tree, tree } from '../tree.ts';
import { readDefaultPartition } from './alter-table.ts';
import { dropOnCommit } from './create-table-as.ts';
import { findRelation, rangeVarsOf, requireRelation, tableResource, targetSchema, tempNamed } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';
import { taint } from './temp-writes.ts';

/** CREATE TABLE: a temporary one is followed by the session, any other is DDL. */
export const createTable: StatementRule = (body, scene) => {
  const relation = tree(body, 'relation');
  if (relation === undefined) throw unsupported('CREATE TABLE without a name');
  scene.collector.locking();
  const schema = targetSchema(relation, scene.env);
  if (schema === 'pg_temp') createTemp(relation, body, scene);
  else createPermanent(relation, schema, body, scene);
  return 'CREATE TABLE';
};

/** Parents, partitioned tables and tables that a foreign key names change as well; LIKE only looks. */
function createPermanent(relation: Tree, schema: string, body: Tree, scene: Scene): void {
  scene.collector.access({ action: 'ddl', resource: { kind: 'schema', schema }, usage: 'none' });
  scene.collector.effect({ kind: 'ddl' });
  for (const other of rangeVarsOf(body, { queries: false })) {
    const found = other === relation ? undefined : findRelation(other, scene.env);
    if (found?.kind !== 'relation') continue;
    const location = locationOf(other);
    scene.collector.access({ action: 'ddl', resource: tableResource(found.relation), usage: 'none', location });
    if (body['partbound'] !== undefined) readDefaultPartition(found.relation, scene, location);
  }
}

const NOT_FOR_TEMP = ['inhRelations', 'partbound', 'partspec', 'ofTypename'];

function createTemp(relation: Tree, body: Tree, scene: Scene): void {
  const refused = NOT_FOR_TEMP.find((field) => body[field] !== undefined);
  if (refused !== undefined) throw unsupported('a temporary table that inherits, is partitioned or of a type');
  const name = str(relation, 'relname');
  const elements = list(body, 'tableElts');
  const declared = elements.flatMap((element) => columnsOf(element, scene));
  const columns = declared.map((column) => column.name);
  const typeOids = declared.map((column) => column.typeOid);
  const env = withTemp(scene.env, { name, columns, typeOids, sources: [] });
  const within: Scene = { ...scene, env };
  const rangeVar = { schemaname: 'pg_temp', relname: name, inh: true, relpersistence: 't', location: -1 };
  for (const element of elements) analyseElement(element, rangeVar, within);
  // IF NOT EXISTS leaves a table that is there as it is, with what is in it.
  if (bool(body, 'if_not_exists') && tempNamed(scene.env, name) !== undefined) return;
  const sources = taint(scene.collector.accesses());
  const drops = dropOnCommit(str(body, 'oncommit'));
  const created = { name, columns, typeOids, sources };
  const followed = elements.some(computes) ? created : { ...created, columnSources: columns.map(() => []) };
  scene.collector.effect({ kind: 'createTemp', relation: followed, ...drops });
}

/** A generated column holds what goes into other columns; LIKE ... INCLUDING may bring one along. */
function computes(element: unknown): boolean {
  const node = nodeOf(element);
  if (node?.tag === 'TableLikeClause') return node.body['options'] !== undefined;
  return list(node?.body ?? {}, 'constraints').some(
    (item) => str(bodyOf(item, 'Constraint') ?? {}, 'contype') === 'CONSTR_GENERATED',
  );
}

function withTemp(env: Environment, created: TempRelation): Environment {
  const { name } = created;
  const others = env.namespace.tempRelations.filter((temp) => temp.name !== name);
  const tempRelations = [...others, created];
  return { ...env, namespace: { ...env.namespace, tempRelations, key: `${env.namespace.key} +${name}` } };
}

type DeclaredColumn = { readonly name: string; readonly typeOid: number };

function columnsOf(element: unknown, scene: Scene): readonly DeclaredColumn[] {
  const node = nodeOf(element);
  if (node?.tag === 'ColumnDef') {
    return [{ name: str(node.body, 'colname'), typeOid: declaredType(tree(node.body, 'typeName'), scene) }];
  }
  if (node?.tag === 'TableLikeClause') return likeColumns(node.body, scene);
  return [];
}

/** An array's own type is not followed. */
function declaredType(type: Tree | undefined, scene: Scene): number {
  if (type === undefined || list(type, 'arrayBounds').length > 0) return -1;
  if (SERIALS.has(names(list(type, 'names')).join('.'))) return 0;
  return typeOidOf(type, scene.env, scene.collector) ?? -1;
}

/** LIKE copies the structure, not the rows; what it would copy of the code (defaults, generated columns) is refused. */
function likeColumns(body: Tree, scene: Scene): readonly DeclaredColumn[] {
  const rangeVar = tree(body, 'relation') ?? {};
  const found = requireRelation(rangeVar, scene.env);
  if (found.kind === 'temp') {
    const { columns, typeOids = [] } = found.temp;
    return columns.map((name, at) => ({ name, typeOid: typeOids[at] ?? -1 }));
  }
  const { relation } = found;
  const hasCode =
    relation.checks.length > 0 ||
    (relation.indexes ?? []).some(({ expressions }) => expressions.length > 0) ||
    relation.columns.some((one) => (one.default ?? one.generated) !== undefined);
  if (body['options'] !== undefined && hasCode)
    throw unsupported('LIKE ... INCLUDING of a table with defaults, checks or indexed expressions');
  const resource = tableResource(relation);
  scene.collector.access({ action: 'select', resource, usage: 'none', location: locationOf(rangeVar) });
  return relation.columns.map(({ name, typeOid }) => ({ name, typeOid: isBuiltinOid(typeOid) ? 0 : typeOid }));
}

function analyseElement(element: unknown, rangeVar: Tree, scene: Scene): void {
  const node = nodeOf(element);
  if (node === undefined) throw unsupported('this part of CREATE TABLE');
  if (node.tag === 'ColumnDef') analyseColumn(node.body, rangeVar, scene);
  else if (node.tag === 'Constraint') analyseConstraint(node.body, rangeVar, scene);
  else if (node.tag !== 'TableLikeClause') throw unsupported(`${node.tag} in CREATE TABLE`);
}

/** Not types: PostgreSQL replaces them by integers with a sequence. */
const SERIALS: ReadonlySet<string> = new Set(['serial', 'serial2', 'serial4', 'serial8', 'smallserial', 'bigserial']);

function analyseColumn(body: Tree, rangeVar: Tree, scene: Scene): void {
  const type = tree(body, 'typeName');
  if (type !== undefined && !SERIALS.has(names(list(type, 'names')).join('.'))) {
    resolveTypeUse(type, scene.env, scene.collector);
  }
  for (const item of list(body, 'constraints')) analyseConstraint(bodyOf(item, 'Constraint') ?? {}, rangeVar, scene);
}

const WITHOUT_CODE: ReadonlySet<string> = new Set([
  'CONSTR_NULL',
  'CONSTR_NOTNULL',
  'CONSTR_PRIMARY',
  'CONSTR_UNIQUE',
  'CONSTR_IDENTITY',
  'CONSTR_ATTR_DEFERRABLE',
  'CONSTR_ATTR_NOT_DEFERRABLE',
  'CONSTR_ATTR_DEFERRED',
  'CONSTR_ATTR_IMMEDIATE',
  'CONSTR_ATTR_ENFORCED',
  'CONSTR_ATTR_NOT_ENFORCED',
]);

function analyseConstraint(body: Tree, rangeVar: Tree, scene: Scene): void {
  const type = str(body, 'contype');
  const expression = body['raw_expr'];
  if (type === 'CONSTR_DEFAULT') analyseExpression(expression, scene.env, scene.collector);
  else if (type === 'CONSTR_CHECK' || type === 'CONSTR_GENERATED') {
    analyseRelationExpression(expression, rangeVar, scene.env, scene.collector);
  } else if (!WITHOUT_CODE.has(type)) throw unsupported(`${type} on a temporary table`, locationOf(body));
}
