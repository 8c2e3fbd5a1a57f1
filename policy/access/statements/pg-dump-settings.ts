import type { Environment } from '../query/environment.ts';
import { bodyOf, list, names, type Tree, tree } from '../tree.ts';
import { constantText } from './constants.ts';
import { findRelation } from './relations.ts';

/**
 * pg_dump's `SELECT set_config(name, '...', false) FROM pg_settings WHERE name = '...'` names its setting by a column that
 * WHERE pins to a literal. Exactly this shape is read with the literal in the column's place; all else is left as it is.
 */
export function readSettingNames(query: Tree, env: Environment): Tree {
  const name = pinnedName(query);
  const targets = list(query, 'targetList');
  if (name === undefined || targets.length !== 1 || !readsPgSettings(query, env)) return query;
  const call = bodyOf(bodyOf(targets[0], 'ResTarget')?.['val'], 'FuncCall');
  const [first, ...rest] = call === undefined ? [] : list(call, 'args');
  if (call === undefined || !isNameColumn(first) || names(list(call, 'funcname')).at(-1) !== 'set_config') return query;
  const literal = { A_Const: { sval: { sval: name }, location: -1 } };
  return { ...query, targetList: [{ ResTarget: { val: { FuncCall: { ...call, args: [literal, ...rest] } } } }] };
}

/** `WHERE name = 'literal'` and nothing else that could change which rows there are. */
function pinnedName(query: Tree): string | undefined {
  const fields = ['targetList', 'fromClause', 'whereClause', 'limitOption', 'op'];
  if (!Object.keys(query).every((field) => fields.includes(field))) return undefined;
  const condition = bodyOf(query['whereClause'], 'A_Expr');
  if (condition?.['kind'] !== 'AEXPR_OP' || names(list(condition, 'name')).join('.') !== '=') return undefined;
  return isNameColumn(condition['lexpr']) ? constantText(condition['rexpr']) : undefined;
}

function isNameColumn(value: unknown): boolean {
  const column = bodyOf(value, 'ColumnRef');
  const fields = column === undefined ? [] : list(column, 'fields');
  return fields.length === 1 && names(fields)[0] === 'name';
}

function readsPgSettings(query: Tree, env: Environment): boolean {
  const [item, ...others] = list(query, 'fromClause');
  const rangeVar = others.length > 0 ? undefined : bodyOf(item, 'RangeVar');
  if (rangeVar === undefined || tree(rangeVar, 'alias') !== undefined) return false;
  const found = findRelation(rangeVar, env);
  return found?.kind === 'relation' && found.relation.schema === 'pg_catalog' && found.relation.name === 'pg_settings';
}
