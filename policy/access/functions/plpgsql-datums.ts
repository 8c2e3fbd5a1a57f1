import { bodyOf, list, nodeOf, str, type Tree } from '../tree.ts';
import type { Context } from '../query/context.ts';
import { resolveTypeName } from '../query/type-name.ts';
import { relationColumns } from '../query/relation-columns.ts';
import type { StaticType } from '../query/value.ts';
import { ROW, UNDETERMINED } from '../query/value.ts';
import { columnsOfType } from './parameters.ts';
import type { PlpgsqlSource } from './plpgsql-body.ts';
import type { Run } from './plpgsql-run.ts';
import { onlyStatement } from './plpgsql-run.ts';
import { parameterName } from './plpgsql-variables.ts';
import { tree } from '../tree.ts';

/** Declares every variable of a body, and gives parameters and a trigger's rows what they start with. */
export function declareDatums(run: Run, source: PlpgsqlSource): void {
  source.parameters.forEach(({ value }, at) => {
    const name = parameterName(source, at);
    if (value.fields === undefined) run.cells.declare(name, value.type);
    else run.cells.declareRecord(name, value.type, value.fields);
  });
  for (const datum of run.datums) declare(run, datum);
  source.parameters.forEach(({ value }, at) => run.cells.assign(parameterName(source, at), value));
  for (const [name, columns] of source.rows) {
    run.cells.declareRecord(name, ROW, columns);
    run.cells.assignRow(name, { columns });
  }
}

function declare(run: Run, datum: unknown): void {
  const variable = nodeOf(datum);
  if (variable?.tag !== 'PLpgSQL_var' && variable?.tag !== 'PLpgSQL_rec') return;
  const name = str(variable.body, 'refname');
  const written = typeText(variable.body);
  const declared = written === undefined ? { type: ROW, isArray: false } : typeNamed(run, written);
  const columns = declared.isArray ? undefined : columnsOfRow(run.context, declared.type);
  if (columns !== undefined || variable.tag === 'PLpgSQL_rec') run.cells.declareRecord(name, declared.type, columns);
  else run.cells.declare(name, declared.type);
}

function typeText(body: Tree): string | undefined {
  const type = bodyOf(body['datatype'], 'PLpgSQL_type');
  const name = type === undefined ? '' : str(type, 'typname');
  return name === '' || name === 'record' ? undefined : name;
}

type Declared = { readonly type: StaticType; readonly isArray: boolean };

/** `integer`, `public.customers`, `text[]`, `customers.ssn%TYPE`, `other%TYPE`. */
function typeNamed(run: Run, written: string): Declared {
  const copied = /^(.*)%TYPE$/i.exec(written.trim())?.[1];
  if (copied !== undefined) return { type: copiedType(run, copied), isArray: false };
  const select = bodyOf(onlyStatement(run, `SELECT NULL::${written}`), 'SelectStmt');
  const cast = bodyOf(bodyOf(list(select ?? {}, 'targetList')[0], 'ResTarget')?.['val'], 'TypeCast');
  const typeName = cast === undefined ? undefined : tree(cast, 'typeName');
  if (typeName === undefined) return { type: UNDETERMINED, isArray: false };
  return { type: resolveTypeName(run.context, typeName).type, isArray: list(typeName, 'arrayBounds').length > 0 };
}

/** The type of a column, or of another variable. */
function copiedType(run: Run, written: string): StaticType {
  const parts = written.split('.').map((part) => part.trim());
  if (parts.length === 1) return run.cells.typeOf(parts[0] ?? '');
  const [column = '', name = '', schema] = parts.toReversed();
  const { index, namespace } = run.context.env;
  const found = index.resolveRelation(namespace, schema === undefined ? { name } : { schema, name });
  if (found?.kind !== 'relation') return UNDETERMINED;
  return relationColumns(run.context, found.relation, false).find((one) => one.name === column)?.type ?? UNDETERMINED;
}

/** Row types of relations of the system are no types of the catalog: their shape is met by assignment. */
function columnsOfRow(context: Context, type: StaticType): ReturnType<typeof columnsOfType> {
  return type.kind === 'builtin' ? undefined : columnsOfType(context, type);
}
