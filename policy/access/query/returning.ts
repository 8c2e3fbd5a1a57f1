import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, str, tree } from '../tree.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { targetList } from './targets.ts';
import type { Relation } from './relation-entry.ts';
import type { Column, Reading, Rows } from './value.ts';
import { mergeLineages } from './value.ts';
import { broughtInto } from './value-flow.ts';

/**
 * RETURNING, with the rows before and after under `old` and `new` or the names that WITH (...) gives them (version 18).
 * The rows have what the statement has just brought into them.
 */
export function returning(context: Context, body: Tree, written: Written, reading: Reading): Rows {
  const clause = tree(body, 'returningClause');
  if (clause === undefined) return { columns: [] };
  requireKnown('ReturningClause', clause);
  const target = withBrought(context, written);
  const scope: Scope = {
    ...written.scope,
    entries: written.scope.entries.map((entry) => (entry === written.target ? target : entry)),
  };
  const taken = new Set(scope.entries.map((entry) => entry.name));
  const rows = rowNames(clause)
    .filter((name) => !taken.has(name))
    .map((name): RangeEntry => ({ ...withoutSchema(target), name, areColumnsVisible: false }));
  const level: Scope = { ...scope, entries: [...scope.entries, ...rows] };
  return targetList(context, list(clause, 'exprs'), level, reading);
}

/** A written table, as an entry of the statement's own level. */
type Written = { readonly relation: Relation; readonly target: RangeEntry; readonly scope: Scope };

/** An alias renames columns, their order is the table's. */
function withBrought(context: Context, { relation, target }: Written): RangeEntry {
  const columns = target.columns.map((column, at): Column => {
    const own = relation.columns[at];
    if (own === undefined) return column;
    return { ...column, lineage: mergeLineages([column.lineage, broughtInto(context, relation, own)]) };
  });
  return { ...target, columns };
}

function withoutSchema(entry: RangeEntry): RangeEntry {
  const { schema: _, ...rest } = entry;
  return rest;
}

function rowNames(clause: Tree): readonly string[] {
  const given = new Map<string, string>();
  for (const node of list(clause, 'options')) {
    const option = bodyOf(node, 'ReturningOption');
    if (option === undefined) throw unsupported('an option of RETURNING of an unknown shape');
    requireKnown('ReturningOption', option);
    given.set(str(option, 'option'), str(option, 'value'));
  }
  // The default of the enumeration is left out of the JSON by some builds.
  const old = given.get('RETURNING_OPTION_OLD') ?? given.get('') ?? 'old';
  return [old, given.get('RETURNING_OPTION_NEW') ?? 'new'];
}
