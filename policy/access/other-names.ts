import type { Namespace } from './analyzer.ts';
import { DDL_KINDS } from './statements/ddl-kinds.ts';
import { rangeVarsOf } from './statements/relations.ts';
import { isQueryTag, walk } from './statements/walk.ts';
import { isTree, list, names, nodeOf, str } from './tree.ts';

/** Their text is code in a string, which the second reader may read and the authority calls opaque. */
const CODE: ReadonlySet<string> = new Set(['CreateFunctionStmt', 'DoStmt']);

/** With rules of their own; what queries in them read is read later. */
const DEFINITIONS: ReadonlySet<string> = new Set(['ViewStmt', 'RuleStmt', 'CreateSchemaStmt', 'CreateTrigStmt']);

/** Among the other names: the second reader's list says nothing about this text. */
export const ANY_NAME = '*';

/**
 * Names which the second reader may take for tables although the authority knows better: CTEs, functions, aliases,
 * temporary tables, and what a utility statement itself is about. Lower case.
 */
export function namesOutsideFacts(statements: readonly unknown[], namespace: Namespace): readonly string[] {
  const found = new Set(namespace.tempRelations.map((temp) => temp.name.toLowerCase()));
  const add = (name: string): void => void (name !== '' && found.add(name.toLowerCase()));
  for (const statement of statements) {
    addNamesOfQueries(statement, add);
    if (!isQueryTag(nodeOf(statement)?.tag ?? '')) addNamesOfUtility(statement, add);
  }
  return [...found];
}

function addNamesOfQueries(statement: unknown, add: (name: string) => void): void {
  walk(statement, (field, value) => {
    if (!isTree(value)) return true;
    if (field === 'CommonTableExpr') add(str(value, 'ctename'));
    if (field === 'Alias' || field === 'alias') add(str(value, 'aliasname'));
    if (field === 'FuncCall') add(names(list(value, 'funcname')).at(-1) ?? '');
    if (field === 'intoClause' || field === 'into')
      for (const rel of rangeVarsOf(value, { queries: false })) add(str(rel, 'relname'));
    return true;
  });
}

/** A definition's own query is not read now, so its tables are not in the facts. */
function addNamesOfUtility(statement: unknown, add: (name: string) => void): void {
  const tag = nodeOf(statement)?.tag ?? '';
  if (CODE.has(tag)) add(ANY_NAME);
  const isDefinition = DEFINITIONS.has(tag) || Object.hasOwn(DDL_KINDS, tag);
  for (const rel of rangeVarsOf(statement, { queries: isDefinition })) add(str(rel, 'relname'));
  walk(statement, (field, value) => {
    if (isQueryTag(field)) return false;
    if (field === 'String' && isTree(value)) add(str(value, 'sval'));
    return true;
  });
}
