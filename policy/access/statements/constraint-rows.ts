import type { CatalogRelation } from '../../catalog/catalog.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, bool, list, locationOf, names, str, type Tree, tree } from '../tree.ts';
import { type ExistingRows, readColumns, readElements, readRows } from './existing-rows.ts';
import { requireRelation } from './relations.ts';
import type { Scene } from './scene.ts';

/**
 * What adding a constraint to a table with rows reads: it holds for them or the statement fails, and unique keys and
 * foreign keys that do not hold are printed.
 * @param column the column that the constraint is written at; undefined for one of the table
 * @throws RefusedAnalysis for a kind of constraint that no rule knows
 */
export function readForConstraint(body: Tree, column: string | undefined, rows: ExistingRows, scene: Scene): void {
  const type = str(body, 'contype');
  const location = locationOf(body);
  const keys = names(list(body, 'keys'));
  switch (type) {
    case 'CONSTR_CHECK':
      if (isValidated(body)) readRows(body['raw_expr'], rows, scene);
      return;
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
      return readColumns([...ownKeys(keys, column), ...names(list(body, 'including'))], rows, scene, location);
    case 'CONSTR_NOTNULL':
      return isValidated(body) ? readColumns(ownKeys(keys, column), rows, scene, location) : undefined;
    case 'CONSTR_EXCLUSION':
      return readForExclusion(body, rows, scene);
    case 'CONSTR_FOREIGN':
      return isValidated(body) ? readForForeignKey(body, column, rows, scene) : undefined;
    default:
      if (!READS_NOTHING.has(type)) throw unsupported(`${type} in ALTER TABLE`, location);
  }
}

/** Defaults and generated columns are the column's matter: see alter-table.ts. */
const READS_NOTHING: ReadonlySet<string> = new Set([
  'CONSTR_NULL',
  'CONSTR_DEFAULT',
  'CONSTR_GENERATED',
  'CONSTR_IDENTITY',
  'CONSTR_ATTR_DEFERRABLE',
  'CONSTR_ATTR_NOT_DEFERRABLE',
  'CONSTR_ATTR_DEFERRED',
  'CONSTR_ATTR_IMMEDIATE',
  'CONSTR_ATTR_ENFORCED',
  'CONSTR_ATTR_NOT_ENFORCED',
]);

/** NOT VALID and NOT ENFORCED look at no row that is there. */
function isValidated(body: Tree): boolean {
  return !bool(body, 'skip_validation');
}

function ownKeys(keys: readonly string[], column: string | undefined): readonly string[] {
  return keys.length === 0 && column !== undefined ? [column] : keys;
}

/** Each element is compared by its operator, which may be somebody's own. */
function readForExclusion(body: Tree, rows: ExistingRows, scene: Scene): void {
  for (const item of list(body, 'exclusions')) {
    const [element, operator] = list(bodyOf(item, 'List') ?? {}, 'items');
    const index = bodyOf(element, 'IndexElem') ?? {};
    const name = { ColumnRef: { fields: [{ String: { sval: str(index, 'name') } }], location: -1 } };
    const side = index['expr'] ?? name;
    const compared = {
      kind: 'AEXPR_OP',
      name: list(bodyOf(operator, 'List') ?? {}, 'items'),
      lexpr: side,
      rexpr: side,
    };
    readRows({ A_Expr: { ...compared, location: -1 } }, rows, scene);
  }
  readElements(
    list(body, 'including').map((name) => ({ IndexElem: { name: names([name])[0] } })),
    rows,
    scene,
  );
  if (body['where_clause'] !== undefined) readRows(body['where_clause'], rows, scene);
}

/** Own values are looked for in the other table: a column that is only being added has one where it has a default. */
function readForForeignKey(body: Tree, column: string | undefined, rows: ExistingRows, scene: Scene): void {
  const own = ownKeys(names(list(body, 'fk_attrs')), column);
  readColumns(own, rows, scene, locationOf(body));
  const isEmpty = own.every((name) => rows.added.some((added) => isWithoutValue(added, name)));
  const rangeVar = tree(body, 'pktable');
  if (isEmpty || rangeVar === undefined) return;
  const other = requireRelation(rangeVar, scene.env);
  if (other.kind === 'temp') return;
  const named = names(list(body, 'pk_attrs'));
  const columns = named.length > 0 ? named : keysOf(other.relation, own.length);
  readColumns(columns, { rangeVar, added: [] }, scene, locationOf(rangeVar));
}

function isWithoutValue(added: Tree, name: string): boolean {
  if (str(added, 'colname') !== name) return false;
  return list(added, 'constraints').every(
    (item) => str(bodyOf(item, 'Constraint') ?? {}, 'contype') !== 'CONSTR_DEFAULT',
  );
}

/** Without a list the primary key is meant; the snapshot does not tell it from other unique keys. */
function keysOf(relation: CatalogRelation, width: number): readonly string[] {
  const keys = (relation.indexes ?? []).filter(({ isUnique, columns }) => isUnique && columns.length === width);
  return [...new Set(keys.flatMap(({ columns }) => columns))];
}
