import { type Frame, frameOf, levelsUp, RTE } from './frame.ts';
import { flagIn, isList, isNode, nodesIn, type NodeValue, numberIn, type ServerNode, textIn } from './node-text.ts';
import type { ServerNames } from './server-names.ts';

/** What a walk through a tree reports. */
export type Visitor = {
  /** A column of a relation, or all of them (0), is used at this level. */
  readonly column: (frame: Frame, rtindex: number, number: number) => void;
  readonly call: (frame: Frame, functionOid: number) => void;
  /** A query level is entered. */
  readonly level: (frame: Frame) => void;
};

/** Fields that are not expressions of their level: they are followed when somebody refers to them. */
const FOLLOWED: ReadonlySet<string> = new Set(['joinaliasvars', 'subquery', 'ctequery', 'rteperminfos']);
const CALLS: readonly string[] = ['funcid', 'aggfnoid', 'winfnoid', 'opfuncid'];
const OPERATORS: readonly string[] = ['opno', 'eqop', 'sortop', 'hashop', 'repairop'];

/**
 * Walks a query tree and says which columns and functions it uses. In the statement's own levels everything counts. In a
 * view only what steers it, and those of its outputs that are used: the others PostgreSQL never computes.
 */
export class ColumnWalk {
  readonly #names: ServerNames;
  readonly #visitor: Visitor;

  constructor(names: ServerNames, visitor: Visitor) {
    this.#names = names;
    this.#visitor = visitor;
  }

  statement(query: ServerNode): void {
    this.#level(frameOf(query, { parent: undefined, isInView: false, isWhole: true }, this.#names));
  }

  #level(frame: Frame): void {
    this.#visitor.level(frame);
    for (const [field, value] of frame.query.fields) if (field !== 'targetList') this.#expression(value, frame);
    for (const target of frame.targets) if (isAlwaysUsed(frame, target)) this.#target(frame, target);
    if (comparesRows(frame.query)) this.#allOutputs(frame);
    for (const inner of [...frame.subqueries.values(), ...frame.ctes.values()]) this.#level(inner);
  }

  #expression(value: NodeValue, frame: Frame): void {
    if (isList(value)) for (const item of value) this.#expression(item, frame);
    else if (isNode(value)) this.#node(value, frame);
  }

  #node(node: ServerNode, frame: Frame): void {
    if (node.tag === 'QUERY') return this.#level(this.#inner(node, frame, frame.isWhole));
    if (node.tag === 'VAR') return this.#variable(node, frame, numberIn(node, 'varattno'));
    if (node.tag === 'SUBLINK') return this.#subLink(node, frame);
    const row = node.fields.get('arg');
    if (node.tag === 'FIELDSELECT' && isNode(row) && row.tag === 'VAR' && numberIn(row, 'varattno') === 0) {
      return this.#variable(row, frame, numberIn(node, 'fieldnum'));
    }
    this.#calls(node, frame);
    for (const [field, value] of node.fields) {
      if (!FOLLOWED.has(field) && (frame.isWhole || field !== 'values_lists')) this.#expression(value, frame);
    }
  }

  #inner(query: ServerNode, frame: Frame, isWhole: boolean): Frame {
    return frameOf(query, { parent: frame, isInView: frame.isInView, isWhole }, this.#names);
  }

  /** EXISTS in a view never looks at its outputs. */
  #subLink(node: ServerNode, frame: Frame): void {
    this.#expression(node.fields.get('testexpr'), frame);
    const query = node.fields.get('subselect');
    if (!isNode(query)) return;
    const isExists = numberIn(node, 'subLinkType') === 0;
    const inner = this.#inner(query, frame, frame.isWhole);
    this.#level(inner);
    if (!isExists) this.#allOutputs(inner);
  }

  #calls(node: ServerNode, frame: Frame): void {
    for (const oid of functionsIn(node, this.#names)) this.#visitor.call(frame, oid);
  }

  #variable(node: ServerNode, frame: Frame, column: number): void {
    const level = levelsUp(frame, numberIn(node, 'varlevelsup'));
    if (level !== undefined) this.#use(level, numberIn(node, 'varno'), column);
  }

  #use(frame: Frame, rtindex: number, column: number): void {
    const key = `${rtindex} ${column}`;
    const entry = frame.rtable[rtindex - 1];
    if (entry === undefined || frame.seen.has(key)) return;
    frame.seen.add(key);
    const kind = numberIn(entry, 'rtekind');
    this.#visitor.column(frame, rtindex, column);
    if (kind === RTE.join) this.#joinColumn(frame, entry, column);
    if (kind === RTE.values && !frame.isWhole) this.#valuesColumn(frame, entry, column);
    const source = this.#source(frame, entry, rtindex);
    if (source !== undefined) this.#output(source, column);
  }

  #joinColumn(frame: Frame, entry: ServerNode, column: number): void {
    const merged = nodesIn(entry.fields.get('joinaliasvars'));
    this.#expression(column === 0 ? merged : merged[column - 1], frame);
  }

  #valuesColumn(frame: Frame, entry: ServerNode, column: number): void {
    const rows = entry.fields.get('values_lists');
    for (const row of isList(rows) ? rows : []) {
      this.#expression(column === 0 || !isList(row) ? row : row[column - 1], frame);
    }
  }

  /** The query behind a sub-query or a WITH item. */
  #source(frame: Frame, entry: ServerNode, rtindex: number): Frame | undefined {
    if (numberIn(entry, 'rtekind') !== RTE.cte) return frame.subqueries.get(rtindex);
    return levelsUp(frame, numberIn(entry, 'ctelevelsup'))?.ctes.get(textIn(entry, 'ctename'));
  }

  #output(frame: Frame, column: number): void {
    if (frame.isWhole) return;
    if (column === 0) return this.#allOutputs(frame);
    for (const target of frame.targets) if (numberIn(target, 'resno') === column) this.#target(frame, target);
    for (const arm of armsOf(frame.query)) this.#use(frame, arm, column);
  }

  #allOutputs(frame: Frame): void {
    for (const target of frame.targets) this.#output(frame, numberIn(target, 'resno'));
  }

  #target(frame: Frame, target: ServerNode): void {
    const key = `target ${numberIn(target, 'resno')}`;
    if (frame.seen.has(key)) return;
    frame.seen.add(key);
    this.#expression(target.fields.get('expr'), frame);
  }
}

/** The functions that a node itself calls. */
export function functionsIn(node: ServerNode, names: ServerNames): readonly number[] {
  const operators = node.fields.get('opnos');
  return [
    ...CALLS.map((field) => numberIn(node, field)),
    ...OPERATORS.map((field) => names.functionOfOperator(numberIn(node, field))),
    ...(isList(operators) ? operators.map((one) => names.functionOfOperator(Number(one))) : []),
  ].filter((oid) => oid > 0);
}

const SELECT = 1;

function isAlwaysUsed(frame: Frame, target: ServerNode): boolean {
  if (frame.isWhole || numberIn(frame.query, 'commandType') !== SELECT) return true;
  return flagIn(target, 'resjunk') || numberIn(target, 'ressortgroupref') > 0 || returnsSet(target);
}

/** A set-returning function in the targets decides how many rows there are. */
function returnsSet(value: NodeValue): boolean {
  if (isList(value)) return value.some(returnsSet);
  if (!isNode(value) || value.tag === 'QUERY') return false;
  if (flagIn(value, 'funcretset') || flagIn(value, 'opretset')) return true;
  return [...value.fields.values()].some(returnsSet);
}

/** Leaves of a UNION, INTERSECT or EXCEPT: their places in the range table. */
function armsOf(query: ServerNode): readonly number[] {
  return leaves(query.fields.get('setOperations'));
}

function leaves(value: NodeValue): readonly number[] {
  if (!isNode(value)) return [];
  if (value.tag === 'RANGETBLREF') return [numberIn(value, 'rtindex')];
  return [...leaves(value.fields.get('larg')), ...leaves(value.fields.get('rarg'))];
}

/** All but UNION ALL compare whole rows. */
function comparesRows(query: ServerNode): boolean {
  return operationsIn(query.fields.get('setOperations')).some(
    (one) => numberIn(one, 'op') !== 1 || !flagIn(one, 'all'),
  );
}

function operationsIn(value: NodeValue): readonly ServerNode[] {
  if (!isNode(value) || value.tag !== 'SETOPERATIONSTMT') return [];
  return [value, ...['larg', 'rarg'].flatMap((side) => operationsIn(value.fields.get(side)))];
}
