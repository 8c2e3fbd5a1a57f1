import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, str, tree } from '../tree.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { targetList } from './targets.ts';
import type { Reading, Rows } from './value.ts';

/**
 * RETURNING, with the rows before and after under `old` and `new` or the names that WITH (...) gives them (version 18).
 * @param target the written table as the statement sees it
 * @param scope the statement's own level
 */
export function returning(context: Context, body: Tree, target: RangeEntry, scope: Scope, reading: Reading): Rows {
  const clause = tree(body, 'returningClause');
  if (clause === undefined) return { columns: [] };
  requireKnown('ReturningClause', clause);
  const taken = new Set(scope.entries.map((entry) => entry.name));
  const rows = rowNames(clause)
    .filter((name) => !taken.has(name))
    .map((name): RangeEntry => ({ ...withoutSchema(target), name, areColumnsVisible: false }));
  const level: Scope = { ...scope, entries: [...scope.entries, ...rows] };
  return targetList(context, list(clause, 'exprs'), level, reading);
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
