import type { CatalogRelation } from '../../catalog/catalog.ts';
import { recomputeRows } from '../query/query.ts';
import { unknownRelation, unsupported } from '../refusal.ts';
import { bodyOf, bool, list, locationOf, str, type Tree, tree } from '../tree.ts';
import { alterTemporary } from './alter-temporary.ts';
import { readForConstraint } from './constraint-rows.ts';
import { refuseTemporary } from './ddl.ts';
import { type ExistingRows, readColumns, readRows } from './existing-rows.ts';
import { keepTagsOfParted } from './kept-tags.ts';
import { objectWords } from './object-words.ts';
import { findRelation, rangeVarsOf, tableResource, targetSchema, writtenName } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';

/** ALTER of a relation: the right to change it, and what is read of the rows that are there. */
export const alterTable: StatementRule = (body, scene) => {
  const kind = `ALTER ${objectWords(str(body, 'objtype'))}`;
  const rangeVar = tree(body, 'relation') ?? {};
  if (findRelation(rangeVar, scene.env)?.kind === 'temp') return alterTemporary(body, scene);
  refuseTemporary(body, kind, scene.env);
  const commands = list(body, 'cmds').map((item) => bodyOf(item, 'AlterTableCmd') ?? {});
  for (const named of rangeVarsOf(body, { queries: false })) chargeChange(named, scene);
  const added = commands
    .filter((command) => str(command, 'subtype') === 'AT_AddColumn')
    .map((command) => bodyOf(command['def'], 'ColumnDef') ?? {});
  const change: Change = { rangeVar, rows: { rangeVar, added }, kind, isMissingOk: bool(body, 'missing_ok') };
  for (const command of commands) {
    applyCommand(command, change, scene);
    keepTagsOfParted(command, rangeVar, scene);
  }
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
  return kind;
};

type Change = {
  readonly rangeVar: Tree;
  readonly rows: ExistingRows;
  readonly kind: string;
  readonly isMissingOk: boolean;
};

/** Partitions, parents and tables that a foreign key names change as well; without ONLY, children do. */
function chargeChange(rangeVar: Tree, scene: Scene): void {
  const location = locationOf(rangeVar);
  const found = findRelation(rangeVar, scene.env);
  // An index, or a relation that has come since the snapshot: what is known is where it would be.
  const schema = { kind: 'schema', schema: targetSchema(rangeVar, scene.env) } as const;
  const resource = found?.kind === 'relation' ? tableResource(found.relation) : schema;
  scene.collector.access({ action: 'ddl', resource, usage: 'none', location });
  if (found?.kind !== 'relation' || !bool(rangeVar, 'inh')) return;
  for (const child of scene.env.index.childrenOf(found.relation)) {
    const below = tableResource(child);
    scene.collector.access({ action: 'ddl', resource: below, usage: 'none', via: 'inheritance', location });
  }
}

/** Commands that change definitions only, or rewrite rows without looking into them. */
const READS_NOTHING: ReadonlySet<string> = new Set(
  `AT_ColumnDefault AT_DropNotNull AT_DropExpression AT_SetStatistics AT_SetOptions AT_ResetOptions AT_SetStorage
  AT_SetCompression AT_DropColumn AT_DropConstraint AT_ClusterOn AT_DropCluster AT_SetLogged AT_SetUnLogged AT_DropOids
  AT_SetAccessMethod AT_SetTableSpace AT_SetRelOptions AT_ResetRelOptions AT_ReplaceRelOptions AT_EnableTrig
  AT_EnableAlwaysTrig AT_EnableReplicaTrig AT_DisableTrig AT_EnableTrigAll AT_DisableTrigAll AT_EnableTrigUser
  AT_DisableTrigUser AT_EnableRule AT_EnableAlwaysRule AT_EnableReplicaRule AT_DisableRule AT_AddInherit AT_DropInherit
  AT_AddOf AT_DropOf AT_ReplicaIdentity AT_EnableRowSecurity AT_DisableRowSecurity AT_ForceRowSecurity
  AT_NoForceRowSecurity AT_DetachPartition AT_DetachPartitionFinalize AT_AddIdentity AT_SetIdentity AT_DropIdentity`
    .trim()
    .split(/\s+/),
);

/** Rights pass to somebody else, or the table's rows come from another place: as GRANT and CREATE SERVER, not judged here. */
const OPAQUE: ReadonlySet<string> = new Set(['AT_ChangeOwner', 'AT_GenericOptions', 'AT_AlterColumnGenericOptions']);

type CommandRule = (command: Tree, change: Change, relation: CatalogRelation, scene: Scene) => void;

function applyCommand(command: Tree, change: Change, scene: Scene): void {
  const subtype = str(command, 'subtype');
  if (READS_NOTHING.has(subtype)) return;
  if (OPAQUE.has(subtype)) return scene.collector.opaque(change.kind, locationOf(change.rangeVar));
  const rule = READING.get(subtype);
  if (rule === undefined) throw unsupported(`${change.kind} with ${subtype}`, locationOf(change.rangeVar));
  const found = findRelation(change.rangeVar, scene.env);
  // A composite type has no rows; tables made of it cannot have such a change.
  if (found?.kind === 'relation' && found.relation.kind === 'compositeType') return;
  if (found?.kind === 'relation') return rule(command, change, found.relation, scene);
  // ALTER INDEX ... ATTACH PARTITION looks at definitions; IF EXISTS of what is not there does nothing.
  if (change.kind === 'ALTER INDEX' || change.isMissingOk) return;
  throw unknownRelation(writtenName(change.rangeVar), locationOf(change.rangeVar));
}

const addColumn: CommandRule = (command, { rangeVar, rows }, _relation, scene) => {
  const column = bodyOf(command['def'], 'ColumnDef') ?? {};
  const constraints = list(column, 'constraints').map((item) => bodyOf(item, 'Constraint') ?? {});
  for (const constraint of constraints) readForConstraint(constraint, str(column, 'colname'), rows, scene);
  const values = constraints.filter((one) => one['raw_expr'] !== undefined && str(one, 'contype') !== 'CONSTR_CHECK');
  // The rows that are there get the value now. It may refer to other columns where it is GENERATED.
  for (const { raw_expr } of values) readRows(raw_expr, rows, scene);
  if (values.length > 0) recomputeRows(rangeVar, scene.env, scene.collector);
  else if (constraints.length === 0) readRows({ A_Const: { boolval: { boolval: true }, location: -1 } }, rows, scene);
};

/** Without USING the column is cast; unique keys with it are built again, and print what is no longer unique. */
const alterType: CommandRule = (command, { rangeVar, rows }, relation, scene) => {
  const name = str(command, 'name');
  const definition = bodyOf(command['def'], 'ColumnDef') ?? {};
  const column = { ColumnRef: { fields: [{ String: { sval: name } }], location: -1 } };
  const arg = definition['raw_default'] ?? column;
  const location = locationOf(definition) ?? -1;
  readRows({ TypeCast: { arg, typeName: tree(definition, 'typeName'), location } }, rows, scene);
  const keys = (relation.indexes ?? []).filter(({ columns }) => columns.includes(name));
  readColumns(
    keys.flatMap(({ columns }) => columns),
    rows,
    scene,
    location,
  );
  recomputeRows(rangeVar, scene.env, scene.collector);
};

const setExpression: CommandRule = (command, { rangeVar, rows }, _relation, scene) => {
  readRows(command['def'], rows, scene);
  recomputeRows(rangeVar, scene.env, scene.collector);
};

const addConstraint: CommandRule = (command, { rows }, _relation, scene) =>
  readForConstraint(bodyOf(command['def'], 'Constraint') ?? {}, undefined, rows, scene);

const setNotNull: CommandRule = (command, { rangeVar, rows }, _relation, scene) =>
  readColumns([str(command, 'name')], rows, scene, locationOf(rangeVar));

/** Which columns the constraint is about is not in the snapshot: it may be any. */
const validateConstraint: CommandRule = (_command, { rangeVar, rows }, relation, scene) => {
  readColumns(namesOf(relation), rows, scene, locationOf(rangeVar));
  for (const key of relation.foreignKeys ?? []) {
    const other = scene.env.index.relationByOid(key.references);
    if (other === undefined) continue;
    const referenced = { schemaname: other.schema, relname: other.name, inh: true, relpersistence: 'p', location: -1 };
    readColumns(key.referencedColumns, { rangeVar: referenced, added: [] }, scene, locationOf(rangeVar));
  }
  recomputeRows(rangeVar, scene.env, scene.collector);
};

/** Rows must lie within the bounds and meet the parent's constraints; so must those of a default partition from now on. */
const attachPartition: CommandRule = (command, _change, parent, scene) => {
  const rangeVar = tree(bodyOf(command['def'], 'PartitionCmd') ?? {}, 'name') ?? {};
  const found = findRelation(rangeVar, scene.env);
  if (found?.kind !== 'relation') throw unknownRelation(writtenName(rangeVar), locationOf(rangeVar));
  readColumns(namesOf(found.relation), { rangeVar, added: [] }, scene, locationOf(rangeVar));
  readDefaultPartition(parent, scene, locationOf(rangeVar));
};

/**
 * That no row of the default partition belongs to the new one is checked, and said where one does. Which columns the bounds
 * are about is not in the snapshot; one question for each column of the parent stands for all partitions.
 */
export function readDefaultPartition(parent: CatalogRelation, scene: Scene, location?: number): void {
  if (scene.env.index.childrenOf(parent).length === 0) return;
  const rangeVar = { schemaname: parent.schema, relname: parent.name, relpersistence: 'p', location: -1 };
  readColumns(namesOf(parent), { rangeVar, added: [] }, scene, location);
}

function namesOf(relation: CatalogRelation): readonly string[] {
  return relation.columns.map((column) => column.name);
}

const READING: ReadonlyMap<string, CommandRule> = new Map<string, CommandRule>([
  ['AT_AddColumn', addColumn],
  ['AT_AlterColumnType', alterType],
  ['AT_SetExpression', setExpression],
  ['AT_AddConstraint', addConstraint],
  ['AT_AlterConstraint', validateConstraint],
  ['AT_SetNotNull', setNotNull],
  ['AT_ValidateConstraint', validateConstraint],
  ['AT_AttachPartition', attachPartition],
]);
