import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { list, nodeOf } from '../tree.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { Scope } from './scope.ts';
import type { Reading } from './value.ts';

/** OVER (...) or an entry of WINDOW: its expressions see input columns only, never output names (SQL99 rules). */
export function useWindow(context: Context, window: Tree, scope: Scope, reading: Reading): void {
  requireKnown('WindowDef', window);
  for (const node of list(window, 'partitionClause')) context.expression(node, scope, reading);
  for (const node of list(window, 'orderClause')) context.expression(node, scope, reading);
  for (const field of ['startOffset', 'endOffset']) {
    if (window[field] !== undefined) context.expression(window[field], scope, reading);
  }
}

export function useWindowClause(context: Context, windows: readonly unknown[], scope: Scope): void {
  for (const node of windows) {
    const window = nodeOf(node);
    if (window?.tag !== 'WindowDef') throw unsupported(window?.tag ?? 'window definition', undefined);
    useWindow(context, window.body, scope, 'condition');
  }
}
