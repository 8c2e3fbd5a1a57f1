import { unsupported } from '../refusal.ts';
import { bodyOf, bool, isTree, list, names, nodeOf, num, str, type Tree, tree } from '../tree.ts';
import { charge } from '../query/context.ts';
import { EMPTY_SCOPE } from '../query/scope.ts';
import type { Rows } from '../query/value.ts';
import { lineageOf, lineageOfRows } from '../query/value.ts';
import { closeCursor, fetch, forCursor, open } from './plpgsql-cursors.ts';
import { dynamic } from './plpgsql-dynamic.ts';
import type { Run } from './plpgsql-run.ts';
import {
  assignDatum,
  assignmentText,
  assignNamed,
  assignTarget,
  condition,
  datumName,
  evaluate,
  everythingRead,
  expressionRows,
  mergeRows,
  statementOf,
  tell,
  valueAt,
} from './plpgsql-run.ts';
import { splitAssignment } from './plpgsql-source.ts';

type Rule = (run: Run, body: Tree) => void;

const nothing: Rule = () => {};

const block: Rule = (run, body) => {
  statements(run, list(body, 'body'));
  const handlers = bodyOf(body['exceptions'], 'PLpgSQL_exception_block');
  for (const item of handlers === undefined ? [] : list(handlers, 'exc_list')) {
    run.cells.assign('sqlerrm', { lineage: everythingRead(run), type: run.cells.typeOf('sqlerrm') });
    statements(run, list(bodyOf(item, 'PLpgSQL_exception') ?? {}, 'action'));
  }
};

/** `x := value`; subscripts of the target are read as well. */
const assign: Rule = (run, body) => {
  const parts = splitAssignment(assignmentText(run, body['expr']));
  if (parts === undefined) throw unsupported('an assignment of an unknown shape');
  if (parts.target.includes('[')) expressionRows(run, parts.target, 'condition');
  assignDatum(run, num(body, 'varno'), valueAt(expressionRows(run, parts.value, 'unselected'), 0));
};

const choose: Rule = (run, body) => {
  condition(run, body['cond']);
  statements(run, list(body, 'then_body'));
  for (const item of list(body, 'elsif_list')) {
    const part = bodyOf(item, 'PLpgSQL_if_elsif') ?? {};
    condition(run, part['cond']);
    statements(run, list(part, 'stmts'));
  }
  statements(run, list(body, 'else_body'));
};

const chooseCase: Rule = (run, body) => {
  if (body['t_expr'] !== undefined) {
    assignDatum(run, num(body, 't_varno'), valueAt(evaluate(run, body['t_expr'], 'condition'), 0));
  }
  for (const item of list(body, 'case_when_list')) {
    const part = bodyOf(item, 'PLpgSQL_case_when') ?? {};
    condition(run, part['expr']);
    statements(run, list(part, 'stmts'));
  }
  statements(run, list(body, 'else_stmts'));
};

const loop: Rule = (run, body) => {
  condition(run, body['cond']);
  statements(run, list(body, 'body'));
};

const countingLoop: Rule = (run, body) => {
  for (const field of ['lower', 'upper', 'step']) {
    if (body[field] === undefined) continue;
    condition(run, body[field]);
    assignTarget(run, nodeOf(body['var']), evaluate(run, body[field], 'condition'));
  }
  statements(run, list(body, 'body'));
};

const queryLoop: Rule = (run, body) => {
  assignTarget(run, nodeOf(body['var']), evaluate(run, body['query'], 'unselected'));
  statements(run, list(body, 'body'));
};

const dynamicLoop: Rule = (run, body) => {
  assignTarget(run, nodeOf(body['var']), dynamic(run, body['query'], list(body, 'params')));
  statements(run, list(body, 'body'));
};

const arrayLoop: Rule = (run, body) => {
  assignDatum(run, num(body, 'varno'), valueAt(evaluate(run, body['expr'], 'unselected'), 0));
  statements(run, list(body, 'body'));
};

/** RETURN and RETURN NEXT: an expression, a variable, or whatever is in the OUT parameters. */
const giveBack: Rule = (run, body) => {
  if (body['expr'] !== undefined) give(run, evaluate(run, body['expr'], 'unselected'));
  else if (body['retvarno'] !== undefined) {
    const number = num(body, 'retvarno');
    const isOwnRow = run.isTrigger && ['new', 'old'].includes(datumName(run, number));
    // Its fields are followed by themselves.
    if (!isOwnRow) give(run, variableRows(run, number));
  }
};

function variableRows(run: Run, number: number): Rows {
  const node = nodeOf(run.datums[number]);
  if (node?.tag !== 'PLpgSQL_row') return { columns: [{ ...variable(run, datumName(run, number)), name: '' }] };
  const columns = list(node.body, 'fields').map((field) => {
    const name = isTree(field) ? str(field, 'name') : '';
    return { ...variable(run, name), name };
  });
  return { columns };
}

function variable(run: Run, name: string): NonNullable<ReturnType<Run['cells']['value']>> {
  const value = run.cells.value(name);
  if (value === undefined) throw unsupported(`variable "${name}"`);
  return value;
}

/** A row that a trigger returns in place of NEW is stored; columns of the row itself are where they belong. */
function give(run: Run, rows: Rows): void {
  run.returned.rows = mergeRows(run.returned.rows, rows);
  if (!run.isTrigger) return;
  const foreign = [...lineageOfRows(rows).values()].filter((one) => one.via !== 'trigger');
  charge(run.context, lineageOf(foreign), 'output');
}

const giveQuery: Rule = (run, body) => {
  if (body['query'] !== undefined) give(run, evaluate(run, body['query'], 'unselected'));
  if (body['dynquery'] !== undefined) give(run, dynamic(run, body['dynquery'], list(body, 'params')));
};

const raise: Rule = (run, body) => {
  for (const parameter of list(body, 'params')) tell(run, parameter);
  for (const option of list(body, 'options')) tell(run, bodyOf(option, 'PLpgSQL_raise_option')?.['expr']);
};

const assertion: Rule = (run, body) => {
  condition(run, body['cond']);
  if (body['message'] !== undefined) tell(run, body['message']);
};

const statement: Rule = (run, body) => {
  assignTarget(run, targetOf(body), evaluate(run, body['sqlstmt'], 'unselected'));
};

const dynamicStatement: Rule = (run, body) => {
  assignTarget(run, targetOf(body), dynamic(run, body['query'], list(body, 'params')));
};

function targetOf(body: Tree): ReturnType<typeof nodeOf> {
  return bool(body, 'into') ? nodeOf(body['target']) : undefined;
}

const perform: Rule = (run, body) => {
  evaluate(run, body['expr'], 'unselected');
};

/** CALL gives INOUT arguments back into the variables that stand there. */
const call: Rule = (run, body) => {
  const node = statementOf(run, body['expr']);
  const { env, collector } = run.context;
  const funccall = tree(bodyOf(node, 'CallStmt') ?? {}, 'funccall');
  if (funccall === undefined) {
    if (env.hooks === undefined) throw unsupported('a statement of an unknown shape');
    return env.hooks.utility(node, env, collector);
  }
  const value = run.context.expression({ FuncCall: funccall }, EMPTY_SCOPE, 'condition');
  for (const arg of list(funccall, 'args')) {
    const [name, ...others] = names(list(bodyOf(arg, 'ColumnRef') ?? {}, 'fields'));
    if (name !== undefined && others.length === 0) assignNamed(run, name, { lineage: value.lineage, type: value.type });
  }
};

/** Counts are harmless; messages and details of errors show what was read. */
const diagnostics: Rule = (run, body) => {
  for (const item of list(body, 'diag_items')) {
    const part = bodyOf(item, 'PLpgSQL_diag_item') ?? {};
    const isCount = str(part, 'kind') === 'ROW_COUNT';
    if (!isCount) assignDatum(run, num(part, 'target'), valueAt({ columns: [], open: everythingRead(run) }, 0));
  }
};

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['PLpgSQL_stmt_block', block],
  ['PLpgSQL_stmt_assign', assign],
  ['PLpgSQL_stmt_if', choose],
  ['PLpgSQL_stmt_case', chooseCase],
  ['PLpgSQL_stmt_loop', loop],
  ['PLpgSQL_stmt_while', loop],
  ['PLpgSQL_stmt_fori', countingLoop],
  ['PLpgSQL_stmt_fors', queryLoop],
  ['PLpgSQL_stmt_dynfors', dynamicLoop],
  [
    'PLpgSQL_stmt_forc',
    (run, body) => {
      forCursor(run, body);
      statements(run, list(body, 'body'));
    },
  ],
  ['PLpgSQL_stmt_foreach_a', arrayLoop],
  ['PLpgSQL_stmt_exit', (run, body) => condition(run, body['cond'])],
  ['PLpgSQL_stmt_return', giveBack],
  ['PLpgSQL_stmt_return_next', giveBack],
  ['PLpgSQL_stmt_return_query', giveQuery],
  ['PLpgSQL_stmt_raise', raise],
  ['PLpgSQL_stmt_assert', assertion],
  ['PLpgSQL_stmt_execsql', statement],
  ['PLpgSQL_stmt_dynexecute', dynamicStatement],
  ['PLpgSQL_stmt_perform', perform],
  ['PLpgSQL_stmt_call', call],
  ['PLpgSQL_stmt_getdiag', diagnostics],
  ['PLpgSQL_stmt_open', open],
  ['PLpgSQL_stmt_fetch', fetch],
  ['PLpgSQL_stmt_close', closeCursor],
  // In a procedure or DO outside of a transaction block; names mean the same after it.
  ['PLpgSQL_stmt_commit', (run) => run.context.collector.locking()],
  ['PLpgSQL_stmt_rollback', (run) => run.context.collector.locking()],
  ['PLpgSQL_stmt_null', nothing],
]);

/** Every statement of a list; one without a rule is refused. INVARIANT 3. */
export function statements(run: Run, nodes: readonly unknown[]): void {
  for (const node of nodes) {
    const found = nodeOf(node);
    const rule = found === undefined ? undefined : RULES.get(found.tag);
    if (found === undefined || rule === undefined) throw unsupported(found?.tag ?? 'a statement of an unknown shape');
    rule(run, found.body);
  }
}
