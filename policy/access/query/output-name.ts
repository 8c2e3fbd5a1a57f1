import type { Tree } from '../tree.ts';
import { bodyOf, list, names, nodeOf, str, stringOf, tree } from '../tree.ts';

/** 0: none, 1: weak (a type's or CASE), 2: strong, as in FigureColnameInternal (parse_target.c). */
type Figured = { readonly name: string; readonly strength: 0 | 1 | 2 };

const UNKNOWN: Figured = { name: '?column?', strength: 0 };

/** The name of a target without AS, exactly as PostgreSQL chooses it: queries further out refer to it. */
export function outputName(node: unknown, subqueryName: (subselect: unknown) => string | undefined): string {
  return figure(node, subqueryName).name;
}

const FIXED: ReadonlyMap<string, string> = new Map([
  ['GroupingFunc', 'grouping'],
  ['MergeSupportFunc', 'merge_action'],
  ['A_ArrayExpr', 'array'],
  ['RowExpr', 'row'],
  ['CoalesceExpr', 'coalesce'],
  ['XmlSerialize', 'xmlserialize'],
  ['JsonParseExpr', 'json'],
  ['JsonScalarExpr', 'json_scalar'],
  ['JsonSerializeExpr', 'json_serialize'],
  ['JsonObjectConstructor', 'json_object'],
  ['JsonArrayConstructor', 'json_array'],
  ['JsonArrayQueryConstructor', 'json_array'],
  ['JsonObjectAgg', 'json_objectagg'],
  ['JsonArrayAgg', 'json_arrayagg'],
]);

/** By the node's `op`. */
const BY_OPERATION: ReadonlyMap<string, string> = new Map([
  ['IS_GREATEST', 'greatest'],
  ['IS_LEAST', 'least'],
  ['IS_XMLCONCAT', 'xmlconcat'],
  ['IS_XMLELEMENT', 'xmlelement'],
  ['IS_XMLFOREST', 'xmlforest'],
  ['IS_XMLPARSE', 'xmlparse'],
  ['IS_XMLPI', 'xmlpi'],
  ['IS_XMLROOT', 'xmlroot'],
  ['IS_XMLSERIALIZE', 'xmlserialize'],
  ['JSON_EXISTS_OP', 'json_exists'],
  ['JSON_QUERY_OP', 'json_query'],
  ['JSON_VALUE_OP', 'json_value'],
  ['SVFOP_CURRENT_DATE', 'current_date'],
  ['SVFOP_CURRENT_TIME', 'current_time'],
  ['SVFOP_CURRENT_TIME_N', 'current_time'],
  ['SVFOP_CURRENT_TIMESTAMP', 'current_timestamp'],
  ['SVFOP_CURRENT_TIMESTAMP_N', 'current_timestamp'],
  ['SVFOP_LOCALTIME', 'localtime'],
  ['SVFOP_LOCALTIME_N', 'localtime'],
  ['SVFOP_LOCALTIMESTAMP', 'localtimestamp'],
  ['SVFOP_LOCALTIMESTAMP_N', 'localtimestamp'],
  ['SVFOP_CURRENT_ROLE', 'current_role'],
  ['SVFOP_CURRENT_USER', 'current_user'],
  ['SVFOP_USER', 'user'],
  ['SVFOP_SESSION_USER', 'session_user'],
  ['SVFOP_CURRENT_CATALOG', 'current_catalog'],
  ['SVFOP_CURRENT_SCHEMA', 'current_schema'],
]);

function figure(node: unknown, subqueryName: (subselect: unknown) => string | undefined): Figured {
  const tagged = nodeOf(node);
  if (tagged === undefined) return UNKNOWN;
  const { tag, body } = tagged;
  switch (tag) {
    case 'ColumnRef':
      return strong(names(list(body, 'fields')).at(-1));
    case 'FuncCall':
      return strong(names(list(body, 'funcname')).at(-1));
    case 'A_Indirection':
      return indirectionName(body, subqueryName);
    case 'A_Expr':
      return str(body, 'kind') === 'AEXPR_NULLIF' ? strong('nullif') : UNKNOWN;
    case 'TypeCast':
      return castName(body, subqueryName);
    case 'CollateClause':
      return figure(body['arg'], subqueryName);
    case 'SubLink':
      return subLinkName(body, subqueryName);
    case 'CaseExpr': {
      const otherwise = figure(body['defresult'], subqueryName);
      return otherwise.strength === 2 ? otherwise : { name: 'case', strength: 1 };
    }
    default:
      return strong(FIXED.get(tag) ?? BY_OPERATION.get(str(body, 'op')));
  }
}

function strong(name: string | undefined): Figured {
  return name === undefined ? UNKNOWN : { name, strength: 2 };
}

function indirectionName(body: Tree, subqueryName: (subselect: unknown) => string | undefined): Figured {
  const field = list(body, 'indirection').findLast((step) => stringOf(step) !== undefined);
  return field === undefined ? figure(body['arg'], subqueryName) : strong(stringOf(field));
}

function castName(body: Tree, subqueryName: (subselect: unknown) => string | undefined): Figured {
  const inner = figure(body['arg'], subqueryName);
  const typeName = names(list(tree(body, 'typeName') ?? {}, 'names')).at(-1);
  return inner.strength === 2 || typeName === undefined ? inner : { name: typeName, strength: 1 };
}

function subLinkName(body: Tree, subqueryName: (subselect: unknown) => string | undefined): Figured {
  switch (str(body, 'subLinkType')) {
    case 'EXISTS_SUBLINK':
      return strong('exists');
    case 'ARRAY_SUBLINK':
      return strong('array');
    case 'EXPR_SUBLINK':
      return strong(subqueryName(body['subselect']));
    default:
      return UNKNOWN;
  }
}

/** The raw name of a sub-select's only target, where it has one that can be told from the text. */
export function firstTargetName(subselect: unknown): string | undefined {
  let body = bodyOf(subselect, 'SelectStmt');
  // The leftmost arm of a set operation names its columns.
  for (let left = body && tree(body, 'larg'); left !== undefined; left = tree(left, 'larg')) body = left;
  if (body === undefined) return undefined;
  if (list(body, 'valuesLists').length > 0) return 'column1';
  const target = bodyOf(list(body, 'targetList')[0], 'ResTarget');
  if (target === undefined) return undefined;
  const name = str(target, 'name');
  return name === '' ? outputName(target['val'], firstTargetName) : name;
}
