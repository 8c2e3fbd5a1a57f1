import type { CatalogType } from '../../catalog/catalog.ts';
import type { Resource } from '../facts.ts';
import { analyseExpression, resolveTypeUse } from '../query/query.ts';
import { bodyOf, bool, list, names, str, type Tree, tree } from '../tree.ts';
import { refuseTemporary } from './ddl.ts';
import { readColumns, readRows } from './existing-rows.ts';
import { homeOf } from './object-home.ts';
import { creationSchema } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';

/** CREATE DOMAIN: what its CHECKs and its default call is charged here already, and again where the domain is used. */
export const createDomain: StatementRule = (body, scene) => {
  refuseTemporary(body, 'CREATE DOMAIN', scene.env);
  const typeName = tree(body, 'typeName');
  if (typeName !== undefined) resolveTypeUse(typeName, scene.env, scene.collector);
  for (const item of list(body, 'constraints')) callsOf(bodyOf(item, 'Constraint') ?? {}, typeName, scene);
  const schema = names(list(body, 'domainname')).at(-2) ?? creationSchema(scene.env);
  changeDomain({ kind: 'schema', schema }, scene);
  return 'CREATE DOMAIN';
};

/** ALTER DOMAIN: a new constraint holds for every value in every table, or the statement fails. */
export const alterDomain: StatementRule = (body, scene) => {
  refuseTemporary(body, 'ALTER DOMAIN', scene.env);
  const parts = names(list(body, 'typeName'));
  const [name = '', schema] = parts.toReversed();
  const object = schema === undefined ? { name } : { schema, name };
  const domain = scene.env.index.resolveType(scene.env.namespace, object);
  const constraint = bodyOf(body['def'], 'Constraint');
  if (constraint !== undefined) callsOf(constraint, typeNameOf(parts), scene);
  else if (body['def'] !== undefined) analyseExpression(body['def'], scene.env, scene.collector);
  if (domain !== undefined && looksAtValues(body, constraint)) readUses(domain, scene);
  const home = homeOf('OBJECT_DOMAIN', { List: { items: list(body, 'typeName') } }, scene);
  changeDomain(home ?? { kind: 'database' }, scene);
  return 'ALTER DOMAIN';
};

/** AlterDomainStmt's letters: add a Constraint, Validate one, set nOt null. */
function looksAtValues(body: Tree, constraint: Tree | undefined): boolean {
  if (str(body, 'subtype') === 'C') return constraint !== undefined && !bool(constraint, 'skip_validation');
  return str(body, 'subtype') === 'V' || str(body, 'subtype') === 'O';
}

/** A CHECK sees the value under the name VALUE. */
function callsOf(constraint: Tree, typeName: Tree | undefined, scene: Scene): void {
  if (constraint['raw_expr'] === undefined) return;
  const value = { colname: 'value', ...(typeName === undefined ? {} : { typeName }) };
  readRows(constraint['raw_expr'], { rangeVar: undefined, added: [value] }, scene);
}

function typeNameOf(parts: readonly string[]): Tree {
  return { names: parts.map((sval) => ({ String: { sval } })), typemod: -1, location: -1 };
}

/** Columns of the domain, and of domains over it; PostgreSQL refuses where one is inside of another type. */
function readUses(domain: CatalogType, scene: Scene): void {
  const { catalog } = scene.env.index;
  const oids = new Set([domain.oid]);
  // A Set visits members that are added while it is walked.
  for (const oid of oids) {
    for (const type of catalog.types) if (type.kind === 'domain' && type.baseOid === oid) oids.add(type.oid);
  }
  for (const relation of catalog.relations) {
    const columns = relation.columns.filter(({ typeOid }) => oids.has(typeOid)).map((column) => column.name);
    if (columns.length === 0 || !STORED.has(relation.kind)) continue;
    const rangeVar = { schemaname: relation.schema, relname: relation.name, relpersistence: 'p', location: -1 };
    readColumns(columns, { rangeVar, added: [] }, scene);
  }
}

const STORED: ReadonlySet<string> = new Set(['table', 'partitionedTable', 'materializedView', 'foreignTable']);

function changeDomain(resource: Resource, scene: Scene): void {
  scene.collector.access({ action: 'ddl', resource, usage: 'none' });
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
}
