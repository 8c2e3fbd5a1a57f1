import type {
  CatalogColumn,
  CatalogForeignKey,
  CatalogIndexFacts,
  CatalogPolicy,
  CatalogRelation,
  CatalogTrigger,
} from './catalog.ts';
import { type ColumnTypes, columnsOf } from './columns.ts';
import { foreignKeyOf, indexOf } from './load-constraints.ts';
import { flag, int, oids, relationKind, type Row, ruleEvent, text, triggerEvents } from './load-rows.ts';
import type { RowsByOid } from './packed-rows.ts';
import { policyOf } from './row-security.ts';

/** Rows about relations, by the relation's oid. */
export type RelationRows = {
  readonly columns: RowsByOid;
  readonly columnTypes: ColumnTypes;
  readonly defaults: RowsByOid;
  readonly definitions: RowsByOid;
  readonly checks: RowsByOid;
  readonly policies: RowsByOid;
  readonly triggers: RowsByOid;
  readonly rules: RowsByOid;
  readonly foreignKeys: RowsByOid;
  readonly indexes: RowsByOid;
};

/**
 * A relation that makes its columns and the rest out of the packed rows when somebody asks. Statements name few of the
 * relations that a database has: 10,000 tables of 20 columns would take 50 MB and more as objects.
 */
export class LazyRelation implements CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: CatalogRelation['kind'];
  readonly owner: string;
  readonly parents: readonly number[];
  readonly hasRowSecurity: boolean;
  readonly isRowSecurityForced: boolean;
  readonly isRowSecurityActive: boolean;
  readonly isSecurityInvoker: boolean;
  readonly #rows: RelationRows;
  #columns: readonly CatalogColumn[] | undefined;

  /** @param row of QUERIES.relations */
  constructor(row: Row, rows: RelationRows) {
    this.#rows = rows;
    this.oid = int(row, 0);
    this.schema = text(row, 1);
    this.name = text(row, 2);
    this.kind = relationKind(text(row, 3));
    this.owner = text(row, 4);
    this.hasRowSecurity = flag(row, 5);
    this.parents = oids(row, 6);
    this.isRowSecurityForced = flag(row, 7);
    this.isRowSecurityActive = flag(row, 8);
    this.isSecurityInvoker = flag(row, 9);
  }

  get columns(): readonly CatalogColumn[] {
    this.#columns ??= columnsByOid(this.oid, this.#rows);
    return this.#columns;
  }

  get definition(): string | undefined {
    return this.#rows.definitions.rows(this.oid).map((row) => text(row, 1))[0];
  }

  get checks(): readonly string[] {
    return this.#rows.checks.rows(this.oid).map((row) => text(row, 1));
  }

  get policies(): readonly CatalogPolicy[] | undefined {
    return some(this.#rows.policies.rows(this.oid).map(policyOf));
  }

  get triggers(): readonly CatalogTrigger[] {
    return this.#rows.triggers.rows(this.oid).map(triggerOf);
  }

  get rules(): CatalogRelation['rules'] {
    return this.#rows.rules.rows(this.oid).map(ruleOf);
  }

  get foreignKeys(): readonly CatalogForeignKey[] | undefined {
    const columns = (oid: number): readonly CatalogColumn[] =>
      oid === this.oid ? this.columns : columnsByOid(oid, this.#rows);
    return some(this.#rows.foreignKeys.rows(this.oid).map((row) => foreignKeyOf(row, columns)));
  }

  get indexes(): readonly CatalogIndexFacts[] | undefined {
    return some(this.#rows.indexes.rows(this.oid).map((row) => indexOf(row, this.columns)));
  }

  get references(): readonly number[] | undefined {
    return some(this.#rows.foreignKeys.numbers(this.oid, 2));
  }

  /** All of it at once, as data that can be cloned and written. */
  plain(): CatalogRelation {
    const { oid, schema, name, kind, owner, columns, parents, hasRowSecurity, isRowSecurityForced } = this;
    const { isRowSecurityActive, isSecurityInvoker } = this;
    const { definition, checks, policies, triggers, rules, foreignKeys, indexes } = this;
    return {
      oid,
      schema,
      name,
      kind,
      owner,
      columns,
      parents,
      ...(definition === undefined ? {} : { definition }),
      checks,
      triggers,
      rules,
      hasRowSecurity,
      ...(isRowSecurityForced ? { isRowSecurityForced } : {}),
      ...(hasRowSecurity ? { isRowSecurityActive } : {}),
      ...(isSecurityInvoker ? { isSecurityInvoker } : {}),
      ...(policies === undefined ? {} : { policies }),
      ...(foreignKeys === undefined ? {} : { foreignKeys }),
      ...(indexes === undefined ? {} : { indexes }),
    };
  }
}

function columnsByOid(oid: number, { columns, defaults, columnTypes }: RelationRows): readonly CatalogColumn[] {
  const packed = columns.field(oid, 1);
  return packed === undefined ? [] : columnsOf(packed.toString('utf8'), defaults.rows(oid), columnTypes);
}

function triggerOf(row: Row): CatalogTrigger {
  return {
    name: text(row, 1),
    functionOid: int(row, 2),
    events: triggerEvents(int(row, 3)),
    definition: text(row, 4),
  };
}

function ruleOf(row: Row): CatalogRelation['rules'][number] {
  return { name: text(row, 1), event: ruleEvent(text(row, 2)), definition: text(row, 3) };
}

/** undefined for none, as the optional fields of a relation want it. */
function some<Value>(values: readonly Value[]): readonly Value[] | undefined {
  return values.length === 0 ? undefined : values;
}
