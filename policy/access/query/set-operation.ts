import { unknownName, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bool, list, str, tree } from '../tree.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import { alternatives } from './expression-types.ts';
import { requireKnown } from './known-fields.ts';
import type { Scope } from './scope.ts';
import type { Column, Reading, Rows } from './value.ts';
import { areCopies, lineageOfRows, mergeLineages } from './value.ts';

type SelectRule = (context: Context, body: Tree, outer: Scope, reading: Reading) => Rows;

/**
 * UNION, INTERSECT, EXCEPT: columns by position, names from the first arm. A chain of thousands leans to the left: the
 * arms are gathered in a loop.
 */
export function setOperation(context: Context, body: Tree, outer: Scope, reading: Reading, select: SelectRule): Rows {
  const arms = gatherArms(body);
  const rows = arms.bodies.map((arm) => select(context, arm, armScope(outer), reading));
  // Without ALL whole rows are compared: every column decides which rows come out.
  if (arms.hasComparison) for (const one of rows) charge(context, lineageOfRows(one), 'condition');
  return unite(context, rows);
}

/** Arms see the levels around, not one another. */
function armScope(outer: Scope): Scope {
  return { entries: [], ctes: outer.ctes, parent: outer };
}

type Arms = { readonly bodies: readonly Tree[]; readonly hasComparison: boolean };

function gatherArms(body: Tree): Arms {
  const bodies: Tree[] = [];
  let hasComparison = false;
  let node: Tree | undefined = body;
  while (node !== undefined && isPlainOperation(node, node === body)) {
    const right = tree(node, 'rarg');
    if (right === undefined) throw unsupported('a set operation without its right arm');
    bodies.push(right);
    if (!bool(node, 'all') || str(node, 'op') !== 'SETOP_UNION') hasComparison = true;
    node = tree(node, 'larg');
  }
  if (node === undefined) throw unsupported('a set operation without its left arm');
  bodies.push(node);
  return { bodies: bodies.toReversed(), hasComparison };
}

/** An operation inside with clauses of its own (ORDER BY, WITH...) is an arm, analysed like any query. */
function isPlainOperation(node: Tree, isOutermost: boolean): boolean {
  if (str(node, 'op') === 'SETOP_NONE' || str(node, 'op') === '') return false;
  requireKnown('SelectStmt', node);
  const own = ['withClause', 'limitOffset', 'limitCount'].some((field) => node[field] !== undefined);
  const lists = ['sortClause', 'lockingClause'].some((field) => list(node, field).length > 0);
  return isOutermost || (!own && !lists);
}

export function unite(context: Context, rows: readonly Rows[]): Rows {
  const [first] = rows;
  if (first === undefined) return { columns: [] };
  if (rows.some((one) => one.open !== undefined)) return uniteOpen(rows, first);
  if (rows.some((one) => one.columns.length !== first.columns.length)) {
    throw unknownName('42601', 'each UNION query must have the same number of columns');
  }
  const columns = first.columns.map((column, at): Column => {
    const cells = rows.flatMap((one) => one.columns[at] ?? []);
    const value = { ...alternatives(context, cells), name: column.name };
    return areCopies(cells) ? { ...value, isCopy: true } : value;
  });
  return { columns };
}

/** Positions are not known: every column may hold anything. */
function uniteOpen(rows: readonly Rows[], first: Rows): Rows {
  const open = mergeLineages(rows.map(lineageOfRows));
  return { columns: first.columns.map(({ name, type }) => ({ name, type, lineage: open })), open };
}
