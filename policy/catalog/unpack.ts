import type { Catalog, CatalogFunction, CatalogRelation, CatalogType } from './catalog.ts';
import { columnTypeOids, columnTypes } from './columns.ts';
import { LazyFunction } from './lazy-function.ts';
import { LazyRelation, type RelationRows } from './lazy-relation.ts';
import { int, type Row, text } from './load-rows.ts';
import { type PackedCatalog, type QueryName, resultOf } from './packed-catalog.ts';
import { type PackedRows, PackedRowsReader, RowsByOid } from './packed-rows.ts';
import { typesWithChecks } from './type-checks.ts';

/**
 * A catalog made of it. Every part, and of relations and functions also the details, is read when it is asked for: then
 * CatalogError is thrown for rows that we do not understand.
 */
export function unpackCatalog(packed: PackedCatalog): Catalog {
  return new UnpackedCatalog(packed);
}

/** The same as plain data that can be cloned, compared and written to a file. @throws CatalogError */
export function plainCatalog(packed: PackedCatalog): Catalog {
  const catalog = unpackCatalog(packed);
  const { version, database, role, serverVersion, types, userOperators, userCasts, schemas } = catalog;
  return {
    version,
    database,
    role,
    serverVersion,
    types,
    userOperators,
    userCasts,
    schemas,
    relations: catalog.relations.map((relation) => (relation instanceof LazyRelation ? relation.plain() : relation)),
    functions: catalog.functions.map((fn) => (fn instanceof LazyFunction ? fn.plain() : fn)),
  };
}

class UnpackedCatalog implements Catalog {
  readonly version: number;
  readonly database: string;
  readonly role: string;
  readonly serverVersion: number;
  readonly #packed: PackedCatalog;
  #columns: RowsByOid | undefined;
  #relations: readonly CatalogRelation[] | undefined;
  #functions: readonly CatalogFunction[] | undefined;
  #types: readonly CatalogType[] | undefined;
  #schemas: readonly string[] | undefined;

  constructor(packed: PackedCatalog) {
    const [server = []] = new PackedRowsReader(resultOf(packed, 'server')).rows();
    this.version = packed.version;
    this.database = text(server, 0);
    this.serverVersion = int(server, 1);
    this.role = text(server, 2);
    this.#packed = packed;
  }

  get relations(): readonly CatalogRelation[] {
    this.#relations ??= relationsOf(this.#packed, this.#columnRows());
    return this.#relations;
  }

  get functions(): readonly CatalogFunction[] {
    this.#functions ??= functionsOf(resultOf(this.#packed, 'functions'));
    return this.#functions;
  }

  get types(): readonly CatalogType[] {
    this.#types ??= typesWithChecks(this.#rows('types'), this.#rows('domainChecks'), {
      functions: this.functions,
      columnTypesOf: (relationOid) => columnTypeOids(this.#columnRows().field(relationOid, 1)?.toString('utf8') ?? ''),
    });
    return this.#types;
  }

  get userOperators(): Catalog['userOperators'] {
    return this.#rows('operators').map((row) => ({
      schema: text(row, 0),
      name: text(row, 1),
      functionOid: int(row, 2),
    }));
  }

  get userCasts(): Catalog['userCasts'] {
    return this.#rows('casts').map((row) => ({
      sourceTypeOid: int(row, 0),
      targetTypeOid: int(row, 1),
      functionOid: int(row, 2),
    }));
  }

  get schemas(): readonly string[] {
    this.#schemas ??= this.#rows('schemas').map((row) => text(row, 0));
    return this.#schemas;
  }

  #rows(name: QueryName): readonly Row[] {
    return [...new PackedRowsReader(resultOf(this.#packed, name)).rows()];
  }

  #columnRows(): RowsByOid {
    this.#columns ??= new RowsByOid(resultOf(this.#packed, 'columns'));
    return this.#columns;
  }
}

function relationsOf(packed: PackedCatalog, columns: RowsByOid): readonly CatalogRelation[] {
  const byOid = (name: QueryName) => new RowsByOid(resultOf(packed, name));
  const rows: RelationRows = {
    columns,
    columnTypes: columnTypes(new PackedRowsReader(resultOf(packed, 'columnTypes')).rows()),
    defaults: byOid('defaults'),
    definitions: byOid('definitions'),
    checks: byOid('checks'),
    policies: byOid('policies'),
    triggers: byOid('triggers'),
    rules: byOid('rules'),
    foreignKeys: byOid('foreignKeys'),
    indexes: byOid('indexes'),
  };
  return [...new PackedRowsReader(resultOf(packed, 'relations')).rows()].map((row) => new LazyRelation(row, rows));
}

function functionsOf(rows: PackedRows): readonly CatalogFunction[] {
  const reader = new PackedRowsReader(rows);
  return [...reader.positions()].map((position) => new LazyFunction(reader, position));
}
