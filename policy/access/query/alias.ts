import type { Tree } from '../tree.ts';
import { list, names, str, tree } from '../tree.ts';
import { requireKnown } from './known-fields.ts';
import type { RangeEntry } from './scope.ts';
import { renameColumns } from './scope.ts';
import type { Rows, StaticType } from './value.ts';
import { ROW } from './value.ts';

export type Alias = { readonly name: string; readonly columns: readonly string[] };

export function aliasOf(body: Tree, field = 'alias'): Alias | undefined {
  const alias = tree(body, field);
  if (alias === undefined) return undefined;
  requireKnown('Alias', alias);
  return { name: str(alias, 'aliasname'), columns: names(list(alias, 'colnames')) };
}

/** A FROM item under its alias, or under `fallback`; undefined hides it from qualified references. */
export function entryOf(
  rows: Rows,
  alias: Alias | undefined,
  fallback: string | undefined,
  rowType: StaticType = ROW,
): RangeEntry {
  const renamed = renameColumns(rows, alias?.columns ?? []);
  return { ...renamed, name: alias?.name ?? fallback, rowType, areColumnsVisible: true };
}
