import type { Frame } from './frame.ts';
import { oldEntry, RTE, viewOid } from './frame.ts';
import type { Needs } from './needs.ts';
import { isNode, membersIn, nodesIn, numberIn, type ServerNode, textIn } from './node-text.ts';
import type { ServerNames, ServerRelation } from './server-names.ts';

/** acl.h */
const ACL = { insert: 1, select: 2, update: 4, delete: 8 } as const;
/** sysattr.h: a bitmap has no negative members, so numbers of columns are shifted by it. */
const FIRST_LOW_INVALID = -7;

/**
 * The rights that PostgreSQL will ask for at one level of the statement itself.
 * @param isRead does a whole-row reference to the entry use this column?
 */
export function collectRights(
  frame: Frame,
  needs: Needs,
  names: ServerNames,
  isRead: (rtindex: number, column: string) => boolean,
): void {
  const behind = behindViews(frame, names);
  const conflict = frame.query.fields.get('onConflict');
  const excluded = isNode(conflict) ? numberIn(conflict, 'exclRelIndex') : 0;
  for (const [at, entry] of frame.rtable.entries()) {
    const rights = rightsOf(frame, entry, names);
    const relation = rights === undefined ? undefined : names.relation(numberIn(rights, 'relid'));
    if (rights === undefined || relation === undefined) continue;
    const selected = columnsOf(rights, 'selectedCols', relation);
    if (behind.has(at + 1)) for (const column of allOf(selected, relation)) needs.ownersReads.add(column);
    else if (at + 1 === excluded || isRowType(entry))
      for (const column of allOf(selected, relation)) needs.idle.add(column);
    else addReads(rights, relation, needs, (column) => isRead(at + 1, column));
    addWrites(rights, relation, needs);
  }
}

/** EXCLUDED of a view that is written to stays behind, as an entry that is only a row type. */
function isRowType(entry: ServerNode): boolean {
  return textIn(entry, 'relkind') === 'c';
}

/** What one level of a rule's action writes, by the right of the rule's owner. */
export function collectWrites(frame: Frame, needs: Needs, names: ServerNames): void {
  for (const entry of frame.rtable) {
    const rights = rightsOf(frame, entry, names);
    const relation = rights === undefined ? undefined : names.relation(numberIn(rights, 'relid'));
    if (rights === undefined || relation === undefined || numberIn(rights, 'checkAsUser') === 0) continue;
    addWrites(rights, relation, needs);
  }
}

/** The columns that one level of a view reads, by its owner's rights. */
export function collectOwnersRights(frame: Frame, needs: Needs, names: ServerNames): void {
  for (const entry of frame.rtable) {
    const rights = rightsOf(frame, entry, names);
    const relation = rights === undefined ? undefined : names.relation(numberIn(rights, 'relid'));
    if (rights === undefined || relation === undefined) continue;
    for (const column of allOf(columnsOf(rights, 'selectedCols', relation), relation)) needs.ownersReads.add(column);
  }
}

/** From version 16 on rights are in a list of their own; before they are in the entry, a view's in its sub-query. */
function rightsOf(frame: Frame, entry: ServerNode, names: ServerNames): ServerNode | undefined {
  const index = numberIn(entry, 'perminfoindex');
  if (index > 0) return nodesIn(frame.query.fields.get('rteperminfos'))[index - 1];
  if (numberIn(entry, 'rtekind') === RTE.relation) return entry;
  return viewOid(entry, names) === undefined ? undefined : oldEntry(entry);
}

/**
 * The entries behind a view that is written to. PostgreSQL keeps the view's entry, adds the relation behind it at the end, and
 * asks the view's owner for the right to read all that the view's definition names: what is really read is found otherwise.
 */
export function behindViews(frame: Frame, names: ServerNames): ReadonlySet<number> {
  if (numberIn(frame.query, 'resultRelation') === 0) return new Set();
  const written = frame.rtable.flatMap((entry, at) => {
    const rights = rightsOf(frame, entry, names);
    return rights !== undefined && (numberIn(rights, 'requiredPerms') & ~ACL.select) !== 0 ? [at + 1] : [];
  });
  return new Set(written.slice(1));
}

function addReads(
  rights: ServerNode,
  relation: ServerRelation,
  needs: Needs,
  isRead: (column: string) => boolean,
): void {
  if ((numberIn(rights, 'requiredPerms') & ACL.select) === 0) return;
  needs.rows.add(relation.name);
  const selected = columnsOf(rights, 'selectedCols', relation);
  for (const column of selected.named) needs.reads.add(column);
  if (!selected.isWholeRow) return;
  for (const column of relation.columns.values()) {
    (isRead(column) ? needs.reads : needs.idle).add(`${relation.name}.${column}`);
  }
}

function addWrites(rights: ServerNode, relation: ServerRelation, needs: Needs): void {
  const required = numberIn(rights, 'requiredPerms');
  const { name } = relation;
  const updated = columnsOf(rights, 'updatedCols', relation);
  for (const column of columnsOf(rights, 'insertedCols', relation).named) needs.inserts.add(column);
  for (const column of updated.named) needs.updates.add(column);
  if ((required & ACL.insert) !== 0) needs.insertsInto.add(name);
  if ((required & ACL.delete) !== 0) needs.deletes.add(name);
  if ((required & ACL.update) !== 0 && updated.named.length === 0) needs.locks.add(name);
}

function allOf({ named, isWholeRow }: Columns, relation: ServerRelation): readonly string[] {
  return isWholeRow ? [...relation.columns.values()].map((column) => `${relation.name}.${column}`) : named;
}

/** System columns (ctid, xmin...) are nothing but the table. */
function columnsOf(rights: ServerNode, field: string, relation: ServerRelation): Columns {
  const numbers = membersIn(rights, field).map((member) => member + FIRST_LOW_INVALID);
  const named = numbers.flatMap((number) => {
    const column = relation.columns.get(number);
    return column === undefined ? [] : [`${relation.name}.${column}`];
  });
  return { named, isWholeRow: numbers.includes(0) };
}

type Columns = { readonly named: readonly string[]; readonly isWholeRow: boolean };
