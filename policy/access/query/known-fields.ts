import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { locationOf } from '../tree.ts';

/**
 * For each node kind the fields with nodes inside that the rules look at. Scalars are not listed. A node kind that is
 * missing here, or a field that a newer grammar adds, is refused: what is not walked could hide a read.
 */
const KNOWN: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    SelectStmt:
      'distinctClause targetList fromClause whereClause groupClause havingClause windowClause valuesLists sortClause limitOffset limitCount lockingClause withClause larg rarg',
    InsertStmt: 'relation cols selectStmt onConflictClause returningClause withClause',
    UpdateStmt: 'relation targetList whereClause fromClause returningClause withClause',
    DeleteStmt: 'relation usingClause whereClause returningClause withClause',
    MergeStmt: 'relation sourceRelation joinCondition mergeWhenClauses returningClause withClause',
    MergeWhenClause: 'condition targetList values',
    WithClause: 'ctes',
    CommonTableExpr: 'aliascolnames ctequery search_clause cycle_clause',
    CTESearchClause: 'search_col_list',
    CTECycleClause: 'cycle_col_list cycle_mark_value cycle_mark_default',
    OnConflictClause: 'infer targetList whereClause',
    InferClause: 'indexElems whereClause',
    IndexElem: 'expr collation opclass opclassopts',
    ReturningClause: 'options exprs',
    ReturningOption: '',
    ResTarget: 'indirection val',
    MultiAssignRef: 'source',
    RangeVar: 'alias',
    Alias: 'colnames',
    JoinExpr: 'larg rarg usingClause join_using_alias quals alias',
    RangeSubselect: 'subquery alias',
    RangeFunction: 'functions alias coldeflist',
    RangeTableSample: 'relation method args repeatable',
    RangeTableFunc: 'docexpr rowexpr namespaces columns alias',
    RangeTableFuncCol: 'typeName colexpr coldefexpr',
    JsonTable: 'context_item pathspec passing columns on_error alias',
    JsonTableColumn: 'typeName pathspec format columns on_empty on_error',
    JsonTablePathSpec: 'string',
    ColumnDef: 'typeName collClause',
    TypeName: 'names typmods arrayBounds',
    ColumnRef: 'fields',
    A_Expr: 'name lexpr rexpr',
    A_Const: 'ival fval boolval sval bsval',
    A_ArrayExpr: 'elements',
    A_Indirection: 'arg indirection',
    A_Indices: 'lidx uidx',
    A_Star: '',
    ParamRef: '',
    FuncCall: 'funcname args agg_order agg_filter over',
    NamedArgExpr: 'arg',
    TypeCast: 'arg typeName',
    CollateClause: 'arg collname',
    SubLink: 'testexpr operName subselect',
    CaseExpr: 'arg args defresult',
    CaseWhen: 'expr result',
    CoalesceExpr: 'args',
    MinMaxExpr: 'args',
    NullTest: 'arg',
    BooleanTest: 'arg',
    BoolExpr: 'args',
    RowExpr: 'args',
    GroupingFunc: 'args',
    GroupingSet: 'content',
    WindowDef: 'partitionClause orderClause startOffset endOffset',
    SortBy: 'node useOp',
    LockingClause: 'lockedRels',
    SQLValueFunction: '',
    XmlExpr: 'named_args args',
    XmlSerialize: 'expr typeName',
    SetToDefault: '',
    CurrentOfExpr: '',
    MergeSupportFunc: '',
    JsonFuncExpr: 'context_item pathspec passing output on_empty on_error',
    JsonValueExpr: 'raw_expr format',
    JsonFormat: '',
    JsonReturning: 'format',
    JsonOutput: 'typeName returning',
    JsonArgument: 'val',
    JsonBehavior: 'expr',
    JsonKeyValue: 'key value',
    JsonObjectConstructor: 'exprs output',
    JsonArrayConstructor: 'exprs output',
    JsonArrayQueryConstructor: 'query output format',
    JsonObjectAgg: 'constructor arg',
    JsonArrayAgg: 'constructor arg',
    JsonAggConstructor: 'output agg_filter agg_order over',
    JsonParseExpr: 'expr output',
    JsonScalarExpr: 'expr output',
    JsonSerializeExpr: 'expr output',
    JsonIsPredicate: 'expr format',
    List: 'items',
    String: '',
  }).map(([tag, fields]) => [tag, fields.split(' ')]),
);

/** Refuses a node kind without a rule, and a field of a known one that no rule walks. INVARIANT 3. */
export function requireKnown(tag: string, body: Tree): void {
  const known = KNOWN.get(tag);
  if (known === undefined) throw unsupported(tag, locationOf(body));
  for (const field in body) {
    if (typeof body[field] === 'object' && !known.includes(field)) {
      throw unsupported(`${field} of ${tag}`, locationOf(body));
    }
  }
}
