import { flagIn, isNode, nodesIn, numberIn, type ServerNode, textIn } from './node-text.ts';
import type { ServerNames } from './server-names.ts';

/** parsenodes.h, RTEKind: the ones that a column of one query level can come from. */
export const RTE = { relation: 0, subquery: 1, join: 2, values: 5, cte: 6 } as const;

/** One query level of a tree. */
export type Frame = {
  readonly query: ServerNode;
  readonly rtable: readonly ServerNode[];
  readonly targets: readonly ServerNode[];
  readonly parent: Frame | undefined;
  /** Inside of a view: its owner's business. Only what flows out of it or steers it is needed. */
  readonly isInView: boolean;
  /** Every output counts: the statement's own levels, where PostgreSQL asks for all that is named. */
  readonly isWhole: boolean;
  /** Sub-queries in FROM, by their place in the range table (from 1). */
  readonly subqueries: ReadonlyMap<number, Frame>;
  readonly ctes: ReadonlyMap<string, Frame>;
  /** What has been followed already, so that recursion ends. */
  readonly seen: Set<string>;
};

type Place = Pick<Frame, 'parent' | 'isInView' | 'isWhole'>;

export function frameOf(query: ServerNode, place: Place, names: ServerNames): Frame {
  const rtable = nodesIn(query.fields.get('rtable'));
  const subqueries = new Map<number, Frame>();
  const ctes = new Map<string, Frame>();
  const targets = nodesIn(query.fields.get('targetList'));
  const frame: Frame = { ...place, query, rtable, targets, subqueries, ctes, seen: new Set() };
  for (const [at, entry] of rtable.entries()) {
    const inner = entry.fields.get('subquery');
    if (numberIn(entry, 'rtekind') !== RTE.subquery || !isNode(inner)) continue;
    const isInView = place.isInView || viewOid(entry, names) !== undefined;
    subqueries.set(at + 1, frameOf(inner, { parent: frame, isInView, isWhole: place.isWhole && !isInView }, names));
  }
  for (const cte of nodesIn(query.fields.get('cteList'))) {
    const inner = cte.fields.get('ctequery');
    if (isNode(inner)) ctes.set(textIn(cte, 'ctename'), frameOf(inner, { ...place, parent: frame }, names));
  }
  return frame;
}

/**
 * The view that a sub-query stands for. Version 15 leaves the view's own rights in an entry of the sub-query called `old`;
 * later ones keep them where they were.
 */
export function viewOid(entry: ServerNode, names: ServerNames): number | undefined {
  const kept = numberIn(entry, 'relid');
  if (kept !== 0) return kept;
  const old = oldEntry(entry);
  return old !== undefined && names.relation(numberIn(old, 'relid'))?.kind === 'v' ? numberIn(old, 'relid') : undefined;
}

export function oldEntry(entry: ServerNode): ServerNode | undefined {
  const inner = entry.fields.get('subquery');
  const [first] = isNode(inner) ? nodesIn(inner.fields.get('rtable')) : [];
  const alias = first?.fields.get('alias');
  return isNode(alias) && textIn(alias, 'aliasname') === 'old' && first !== undefined && !flagIn(first, 'inFromCl')
    ? first
    : undefined;
}

export function levelsUp(frame: Frame, levels: number): Frame | undefined {
  let found: Frame | undefined = frame;
  for (let level = 0; level < levels; level += 1) found = found?.parent;
  return found;
}
