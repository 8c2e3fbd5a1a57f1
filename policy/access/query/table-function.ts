import { unsupported } from '../refusal.ts';
import type { TaggedNode, Tree } from '../tree.ts';
import { bodyOf, bool, list, str, tree } from '../tree.ts';
import { aliasOf, entryOf } from './alias.ts';
import type { Context } from './context.ts';
import { jsonExpression } from './json-xml.ts';
import { requireKnown } from './known-fields.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { declaredColumn } from './type-name.ts';
import type { Column, Lineage, Value } from './value.ts';
import { BUILTIN, mergeLineages } from './value.ts';

/** XMLTABLE: the document flows into every column, and steers how many rows there are. */
export function xmlTable(context: Context, body: Tree, scope: Scope): RangeEntry {
  const lineages: Lineage[] = [];
  const read = (node: unknown): void => {
    if (node !== undefined) lineages.push(context.expression(node, scope, 'condition').lineage);
  };
  read(body['docexpr']);
  read(body['rowexpr']);
  for (const node of list(body, 'namespaces')) read(bodyOf(node, 'ResTarget')?.['val']);
  const definitions = list(body, 'columns').map((node) => {
    const column = bodyOf(node, 'RangeTableFuncCol');
    if (column === undefined) throw unsupported('XMLTABLE column');
    requireKnown('RangeTableFuncCol', column);
    read(column['colexpr']);
    read(column['coldefexpr']);
    return column;
  });
  const value: Value = { lineage: mergeLineages(lineages), type: BUILTIN };
  const columns = definitions.map((column) =>
    declaredColumn(
      context,
      str(column, 'colname'),
      bool(column, 'for_ordinality') ? undefined : tree(column, 'typeName'),
      value,
    ),
  );
  return entryOf({ columns }, aliasOf(body), 'xmltable');
}

/** JSON_TABLE: the context item and the PASSING values flow into every column, and steer how many rows there are. */
export function jsonTable(context: Context, body: Tree, scope: Scope): RangeEntry {
  const definitions = flatten(list(body, 'columns'));
  const helpers = [body, ...definitions].flatMap((part) => [
    ...helper('JsonValueExpr', tree(part, 'context_item')),
    ...helper('JsonBehavior', tree(part, 'on_empty')),
    ...helper('JsonBehavior', tree(part, 'on_error')),
    ...list(part, 'passing').flatMap((node) => helper('JsonArgument', bodyOf(node, 'JsonArgument'))),
  ]);
  const lineages = helpers.map((node) => jsonExpression(context, node, scope, 'condition').lineage);
  for (const path of [body, ...definitions].flatMap(pathOf))
    lineages.push(context.expression(path, scope, 'condition').lineage);
  const value: Value = { lineage: mergeLineages(lineages), type: BUILTIN };
  const columns = definitions
    .filter((column) => str(column, 'coltype') !== 'JTC_NESTED')
    .map((column): Column => declaredColumn(context, str(column, 'name'), tree(column, 'typeName'), value));
  return entryOf({ columns }, aliasOf(body), 'json_table');
}

function helper(tag: string, body: Tree | undefined): readonly TaggedNode[] {
  return body === undefined ? [] : [{ tag, body }];
}

/** The path is a constant by the grammar; if it ever is not, it is read like any expression. */
function pathOf(body: Tree): readonly unknown[] {
  const spec = tree(body, 'pathspec');
  if (spec === undefined) return [];
  requireKnown('JsonTablePathSpec', spec);
  return spec['string'] === undefined ? [] : [spec['string']];
}

/** NESTED columns are columns of the result like the others. */
function flatten(nodes: readonly unknown[]): readonly Tree[] {
  return nodes.flatMap((node) => {
    const column = bodyOf(node, 'JsonTableColumn');
    if (column === undefined) throw unsupported('JSON_TABLE column');
    requireKnown('JsonTableColumn', column);
    return [column, ...flatten(list(column, 'columns'))];
  });
}
