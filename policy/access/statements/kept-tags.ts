import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { FlowSource } from '../flows.ts';
import { columnsOfRelation } from '../query/query.ts';
import { source } from '../query/value.ts';
import { bodyOf, str, type Tree, tree } from '../tree.ts';
import { findRelation } from './relations.ts';
import type { Scene } from './scene.ts';

/** A table under another name; the columns keep theirs where `column` says nothing else. */
type NewName = { readonly schema: string; readonly table: string; readonly column?: (name: string) => string };

/**
 * Tags are by name, so a new name is a copy for them: what `ALTER ... RENAME` and `SET SCHEMA` take out of reach of a tag
 * needs the right to copy it, and carries it over.
 */
export function keepTagsOfRenamed(tag: string, body: Tree, scene: Scene): void {
  if (tag === 'RenameStmt') renamed(body, scene);
  if (tag === 'AlterObjectSchemaStmt') {
    for (const relation of relationsIn(body, scene))
      copyTo(relation, { schema: str(body, 'newschema'), table: relation.name }, scene);
  }
}

const WITH_COLUMNS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
]);

function renamed(body: Tree, scene: Scene): void {
  const newName = str(body, 'newname');
  const type = str(body, 'renameType');
  if (type !== 'OBJECT_COLUMN' && !WITH_COLUMNS.has(type) && type !== 'OBJECT_SCHEMA') return;
  if (type === 'OBJECT_SCHEMA') return renamedSchema(str(body, 'subname'), newName, scene);
  for (const relation of relationsIn(body, scene)) {
    if (type !== 'OBJECT_COLUMN') copyTo(relation, { schema: relation.schema, table: newName }, scene);
    else {
      const column = (one: string): string => (one === str(body, 'subname') ? newName : one);
      // Columns of children are renamed with their parent's.
      for (const one of [relation, ...scene.env.index.childrenOf(relation)])
        copyTo(one, { schema: one.schema, table: one.name, column }, scene);
    }
  }
}

function renamedSchema(schema: string, newName: string, scene: Scene): void {
  for (const relation of scene.env.index.catalog.relations) {
    if (relation.schema === schema) copyTo(relation, { schema: newName, table: relation.name }, scene);
  }
}

function relationsIn(body: Tree, scene: Scene): readonly CatalogRelation[] {
  const rangeVar = tree(body, 'relation');
  const found = rangeVar === undefined ? undefined : findRelation(rangeVar, scene.env);
  return found?.kind === 'relation' ? [found.relation] : [];
}

function copyTo(relation: CatalogRelation, { schema, table, column = (name) => name }: NewName, scene: Scene): void {
  for (const { name } of relation.columns) {
    const from = { kind: 'column', schema: relation.schema, table: relation.name, column: name } as const;
    scene.collector.flows.add({ kind: 'column', schema, table, column: column(name) }, [source(from)]);
  }
}

const PARTED: ReadonlySet<string> = new Set([
  'AT_DropExpression',
  'AT_DropInherit',
  'AT_DetachPartition',
  'AT_DetachPartitionFinalize',
]);

/** Columns that are tagged by way of their parent's, or of those that they are made of, until ALTER TABLE parts them. */
export function keepTagsOfParted(command: Tree, rangeVar: Tree, scene: Scene): void {
  if (!PARTED.has(str(command, 'subtype'))) return;
  const partition = tree(bodyOf(command['def'], 'PartitionCmd') ?? {}, 'name');
  const found = findRelation(partition ?? rangeVar, scene.env);
  if (found?.kind !== 'relation') return;
  for (const relation of [found.relation, ...scene.env.index.childrenOf(found.relation)]) {
    for (const { name, lineage } of columnsOfRelation(relation, scene.env, scene.collector)) {
      const sources: readonly FlowSource[] = [...lineage.values()];
      scene.collector.flows.add(
        { kind: 'column', schema: relation.schema, table: relation.name, column: name },
        sources,
      );
    }
  }
}
