import { ColumnWalk, functionsIn, type Visitor } from './column-walk.ts';
import { type Frame, frameOf, RTE, viewOid } from './frame.ts';
import { type Needs, noNeeds } from './needs.ts';
import { isList, isNode, nodesIn, type NodeValue, numberIn, parseNodeText, type ServerNode } from './node-text.ts';
import { behindViews, collectOwnersRights, collectRights, collectWrites } from './rights.ts';
import type { ServerNames, ServerRelation } from './server-names.ts';

/** Relations that policies are asked about by their own name only: what their definition reads is not looked into. */
export type IsClosedView = (schema: string, name: string) => boolean;

/**
 * What PostgreSQL asks for, read from rewritten query trees.
 * @param texts as debug_print_rewritten gives them: one list of trees for each statement
 */
export function needsOfTrees(texts: readonly string[], names: ServerNames, isClosed: IsClosedView): Needs {
  const needs = noNeeds();
  for (const tree of texts.flatMap((text) => nodesIn(parseNodeText(text)))) {
    // Actions that rules add (QuerySource 1 to 4) are not the statement's own.
    if (numberIn(tree, 'querySource') !== 0) addRuleAction(tree, needs, names);
    else for (const query of ownQueries(tree)) addNeeds(query, needs, names, isClosed);
  }
  return needs;
}

const UTILITY = 6;

/** EXPLAIN, DECLARE and CREATE TABLE AS carry a query. */
function ownQueries(tree: ServerNode): readonly ServerNode[] {
  if (numberIn(tree, 'commandType') !== UTILITY) return [tree];
  const statement = tree.fields.get('utilityStmt');
  const inner = isNode(statement) ? statement.fields.get('query') : undefined;
  return isNode(inner) && inner.tag === 'QUERY' ? ownQueries(inner) : [];
}

function addNeeds(query: ServerNode, needs: Needs, names: ServerNames, isClosed: IsClosedView): void {
  needs.hasQuery = true;
  const { levels, used } = walked(query, names, (frame, oid) => {
    const name = names.function(oid);
    if (name !== undefined && !isInClosedView(frame, names, isClosed)) needs.calls.add(name);
  });
  for (const frame of levels) addLevel(frame, used.get(frame) ?? new Set(), needs, { names, isClosed });
}

type Walked = { readonly levels: readonly Frame[]; readonly used: ReadonlyMap<Frame, ReadonlySet<string>> };

/** `used`: the place of an entry in the range table and the number of its column, `1 4`. */
function walked(query: ServerNode, names: ServerNames, call: Visitor['call']): Walked {
  const levels: Frame[] = [];
  const used = new Map<Frame, Set<string>>();
  const walk = new ColumnWalk(names, {
    call,
    level: (frame) => levels.push(frame),
    column: (frame, rtindex, number) => {
      const marks = used.get(frame) ?? new Set();
      used.set(frame, marks.add(`${rtindex} ${number}`));
    },
  });
  walk.statement(query);
  return { levels, used };
}

/** NEW and OLD stand for values there: what counts is which columns of which tables the action really uses and writes. */
function addRuleAction(query: ServerNode, needs: Needs, names: ServerNames): void {
  const action = noNeeds();
  const { levels, used } = walked(query, names, () => undefined);
  for (const frame of levels) {
    for (const rtindex of frame.rtable.keys()) {
      addColumns(frame, rtindex + 1, used.get(frame) ?? new Set(), action, names);
    }
    collectWrites(frame, action, names);
  }
  for (const kind of ['reads', 'inserts', 'updates', 'deletes'] as const) {
    for (const name of action[kind]) needs.rules[kind].add(name);
  }
}

type Scene = { readonly names: ServerNames; readonly isClosed: IsClosedView };

function addLevel(frame: Frame, used: ReadonlySet<string>, needs: Needs, { names, isClosed }: Scene): void {
  if (isInClosedView(frame, names, isClosed)) return;
  if (frame.isInView) {
    addOwners(frame.query, needs, names);
    return addBaseColumns(frame, used, needs, names);
  }
  collectRights(frame, needs, names, (rtindex, column) => {
    if (used.has(`${rtindex} 0`)) return true;
    const relation = relationAt(frame, rtindex, names);
    return [...(relation?.columns ?? [])].some(([at, name]) => name === column && used.has(`${rtindex} ${at}`));
  });
  for (const rtindex of behindViews(frame, names)) addBehindView(frame, rtindex, used, needs, names);
}

/** All that a view's query names, used by the statement or not. */
function addOwners(value: NodeValue, needs: Needs, names: ServerNames): void {
  if (isList(value)) for (const item of value) addOwners(item, needs, names);
  if (!isNode(value)) return;
  if (value.tag === 'QUERY') {
    collectOwnersRights(frameOf(value, { parent: undefined, isInView: true, isWhole: false }, names), needs, names);
  }
  for (const oid of functionsIn(value, names)) needs.ownersCalls.add(names.function(oid) ?? '');
  for (const field of value.fields.values()) addOwners(field, needs, names);
}

function addBehindView(
  frame: Frame,
  rtindex: number,
  used: ReadonlySet<string>,
  needs: Needs,
  names: ServerNames,
): void {
  const relation = relationAt(frame, rtindex, names);
  if (relation?.kind === 'v') addInnerView(relation, needs);
  else addColumns(frame, rtindex, used, needs, names);
}

function addInnerView(view: ServerRelation, needs: Needs): void {
  for (const column of view.columns.values()) needs.innerViews.add(`${view.name}.${column}`);
}

function relationAt(frame: Frame, rtindex: number, names: ServerNames): ServerRelation | undefined {
  const entry = frame.rtable[rtindex - 1];
  return entry === undefined ? undefined : names.relation(numberIn(entry, 'relid'));
}

/** What a view uses of its tables. */
function addBaseColumns(frame: Frame, used: ReadonlySet<string>, needs: Needs, names: ServerNames): void {
  for (const [at, entry] of frame.rtable.entries()) {
    const relation = relationAt(frame, at + 1, names);
    if (relation === undefined) continue;
    if (relation.kind === 'v') addInnerView(relation, needs);
    else if (numberIn(entry, 'rtekind') === RTE.relation) {
      needs.rows.add(relation.name);
      addColumns(frame, at + 1, used, needs, names);
    }
  }
}

function addColumns(frame: Frame, rtindex: number, used: ReadonlySet<string>, needs: Needs, names: ServerNames): void {
  const relation = relationAt(frame, rtindex, names);
  if (relation === undefined) return;
  for (const [number, name] of relation.columns) {
    if (used.has(`${rtindex} ${number}`) || used.has(`${rtindex} 0`)) needs.reads.add(`${relation.name}.${name}`);
  }
}

/** System views are resources of their own: nobody is asked for the catalogs underneath. */
function isInClosedView(frame: Frame, names: ServerNames, isClosed: IsClosedView): boolean {
  for (let at: Frame | undefined = frame; at?.parent !== undefined; at = at.parent) {
    const { parent } = at;
    for (const [rtindex, inner] of parent.subqueries) {
      const relation = inner === at ? viewAt(parent, rtindex, names) : undefined;
      if (relation !== undefined && isClosed(relation.schema, relation.relname)) return true;
    }
  }
  return false;
}

function viewAt(frame: Frame, rtindex: number, names: ServerNames): ServerRelation | undefined {
  const entry = frame.rtable[rtindex - 1];
  const oid = entry === undefined ? undefined : viewOid(entry, names);
  return oid === undefined ? undefined : names.relation(oid);
}
