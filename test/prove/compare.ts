import type { Claims, Reason, Reasons } from './claims.ts';
import type { Needs } from './oracle/needs.ts';
import type { ServerNames } from './oracle/server-names.ts';

/** A difference: `what` in the form `read public.customers.ssn`. */
export type Difference = { readonly what: string; readonly kind: OverKind | 'missed' };

/**
 * Why facts have what PostgreSQL does not ask of the caller. All but `unexplained` are by design:
 * - relatives: rows and columns of partitions, children and parents are the same data; PostgreSQL asks for the named table only
 * - generated: the sources of a generated column
 * - materialised: what a materialised view was made from
 * - written: what a write tells besides, by keys, foreign keys, defaults and failing rows; INSERT without a list of columns
 * - owner: what steers a part of a view that the statement does not use; PostgreSQL asks the view's owner for it
 * - code: functions that the tree does not show (domains, casts, triggers, defaults, overloads where types are not known),
 *   and what the bodies of functions touch
 */
export type OverKind = 'relatives' | 'generated' | 'materialised' | 'written' | 'owner' | 'code' | 'unexplained';

export type Comparison = { readonly missed: readonly Difference[]; readonly over: readonly Difference[] };

/** @param isSafeCall functions that facts never name: built-ins that read nothing */
export function compare(
  needs: Needs,
  claims: Claims,
  names: ServerNames,
  isSafeCall: (name: string) => boolean,
): Comparison {
  const calls = [...needs.calls].filter((name) => !isSafeCall(name) && !claims.special.has(name));
  const missed = [
    ...lacking('read', needs.reads, claims.reads),
    ...lacking('rows of', needs.rows, claims.rows),
    ...lacking('insert', needs.inserts, claims.inserts),
    ...lacking('insert into', needs.insertsInto, claims.locks),
    ...lacking('update', needs.updates, claims.updates),
    ...lacking('delete', needs.deletes, claims.deletes),
    ...lacking('call', new Set(calls), claims.calls),
    ...(claims.isOpaque ? [] : lackingOfRules(needs, claims)),
  ];
  return { missed, over: needs.hasQuery ? overOf(needs, claims, names) : [] };
}

function lacking(
  verb: string,
  needed: ReadonlySet<string>,
  claimed: ReadonlyMap<string, unknown>,
): readonly Difference[] {
  return [...needed].filter((name) => !claimed.has(name)).map((name) => ({ what: `${verb} ${name}`, kind: 'missed' }));
}

/** What rules add to the statement; not looked into where the facts say that they could not see through it. */
function lackingOfRules({ rules }: Needs, claims: Claims): readonly Difference[] {
  return [
    ...lacking('read by a rule', rules.reads, claims.reads),
    ...lacking('insert by a rule', rules.inserts, claims.inserts),
    ...lacking('update by a rule', rules.updates, claims.updates),
    ...lacking('delete by a rule', rules.deletes, claims.deletes),
  ];
}

function overOf(needs: Needs, claims: Claims, names: ServerNames): readonly Difference[] {
  const isWrite = needs.insertsInto.size + needs.updates.size + needs.deletes.size > 0;
  const why = (reasons: readonly Reason[], name: string): OverKind => {
    if (hasRelative(needs, names, name)) return 'relatives';
    for (const { via, usage } of reasons) {
      if (via === 'function' || reachesByCode(needs, names, name)) return 'code';
      if (via === 'generated' || isSourceOf(needs, names, name)) return 'generated';
      if (isWrite && via !== undefined && WRITES.has(via)) return 'written';
      if (isWrite && via === 'view' && usage === 'condition') return 'written';
      if (isWrite && via === 'inheritance' && touchesRelative(needs, names, split(name)[0])) return 'written';
      if (via === 'view' && isUnderMaterialised(needs, names, name)) return 'materialised';
      if (usage === 'condition' && isOwners(needs, names, name)) return 'owner';
    }
    return 'unexplained';
  };
  const whyRows = (reasons: readonly Reason[], name: string): OverKind =>
    isWrite || touchesRelative(needs, names, name)
      ? 'written'
      : [...needs.ownersReads].some((column) => tableOf(column) === name || names.relatives(name).has(tableOf(column)))
        ? 'owner'
        : why(reasons, `${name}.`);
  const whyInsert = (reasons: readonly Reason[], name: string): OverKind =>
    touchesRelative(needs, names, split(name)[0]) ? 'written' : why(reasons, name);
  const asked = new Set([...needs.reads, ...needs.idle, ...needs.innerViews]);
  const tables = new Set([...needs.rows, ...[...asked].map(tableOf)]);
  return [
    ...beyond('read', claims.reads, asked, why),
    ...beyond('rows of', withoutColumns(claims), tables, whyRows),
    ...beyond('insert', claims.inserts, new Set([...needs.inserts, ...needs.insertsInto]), whyInsert),
    ...beyond('update', claims.updates, new Set([...needs.updates, ...needs.locks]), why),
    ...beyond('delete', claims.deletes, needs.deletes, whyRows),
    ...beyond('call', claims.calls, needs.calls, () => 'code'),
  ];
}

/** What a write sets off by itself. */
const WRITES: ReadonlySet<string> = new Set(['constraint', 'default', 'trigger']);

/** Tables of which no column is claimed: the others are compared by their columns. */
function withoutColumns(claims: Claims): Claims['rows'] {
  const tables = new Set([...claims.reads.keys()].map(tableOf));
  return new Map([...claims.rows].filter(([name]) => !tables.has(name)));
}

function beyond(
  verb: string,
  claimed: Reasons,
  needed: ReadonlySet<string>,
  why: (reasons: readonly Reason[], name: string) => OverKind,
): readonly Difference[] {
  return [...claimed]
    .filter(([name]) => !needed.has(name))
    .map(([name, reasons]) => ({ what: `${verb} ${name}`, kind: why(reasons, name) }));
}

/** Is the same column of a relative needed? */
function hasRelative(needs: Needs, names: ServerNames, name: string): boolean {
  const [table, column] = split(name);
  const isNeeded = (one: string): boolean =>
    [needs.reads, needs.idle, needs.updates, needs.inserts].some((columns) => columns.has(one));
  return [...names.relatives(table)].some((relative) => isNeeded(`${relative}.${column}`));
}

/** Is the table, or a relative of it, one that rows of are read or written? */
function touchesRelative(needs: Needs, names: ServerNames, table: string): boolean {
  const touched = [needs.rows, needs.insertsInto, needs.deletes, needs.locks, new Set([...needs.updates].map(tableOf))];
  return [table, ...names.relatives(table)].some((one) => touched.some((tables) => tables.has(one)));
}

/** Is a generated column of the same table needed that is made from it? */
function isSourceOf(needs: Needs, names: ServerNames, name: string): boolean {
  return names
    .generatedFrom(name)
    .some((generated) => [needs.reads, needs.idle, needs.ownersReads].some((columns) => columns.has(generated)));
}

/** Is the column, or the same one of a relative, asked of a view's owner? */
function isOwners(needs: Needs, names: ServerNames, name: string): boolean {
  const [table, column] = split(name);
  return [table, ...names.relatives(table)].some((one) => needs.ownersReads.has(`${one}.${column}`));
}

/** Does the body of a function that is called, or of one that those call, name the table or a relative of it? */
function reachesByCode(needs: Needs, names: ServerNames, name: string): boolean {
  const [table] = split(name);
  const reached = new Set([...needs.calls, ...needs.ownersCalls].flatMap((call) => [...names.mentioned(call)]));
  return [table, ...names.relatives(table)].some((one) => reached.has(split(one)[1]));
}

/** Is a materialised view needed that was made from this table? */
function isUnderMaterialised(needs: Needs, names: ServerNames, name: string): boolean {
  const [table] = split(name);
  const same = [table, ...names.relatives(table)];
  return [...needs.rows].some((view) => same.some((one) => names.madeFrom(view).has(one)));
}

function split(name: string): readonly [string, string] {
  const at = name.lastIndexOf('.');
  return [name.slice(0, at), name.slice(at + 1)];
}

function tableOf(name: string): string {
  return split(name)[0];
}
