import type { CatalogCode, CatalogFunction } from './catalog.ts';
import { functionOf } from './load-rows.ts';
import type { PackedRowsReader, RowPosition } from './packed-rows.ts';

/** Columns of QUERIES.functions that are long and seldom asked for. */
const BODY = 12;
const CODE = 14;

/** A function whose body, and what belongs to it, stays in the packed rows until somebody calls it. */
export class LazyFunction implements CatalogFunction {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: CatalogFunction['kind'];
  readonly argTypeOids: readonly number[];
  readonly argumentCountMin: number;
  readonly isVariadic: boolean;
  readonly returnTypeOid: number;
  readonly returnsSet: boolean;
  readonly language: string;
  readonly volatility: CatalogFunction['volatility'];
  readonly isSecurityDefiner: boolean;
  readonly extension?: string;
  readonly #rows: PackedRowsReader;
  readonly #position: RowPosition;

  constructor(rows: PackedRowsReader, position: RowPosition) {
    this.#rows = rows;
    this.#position = position;
    const eager = functionOf(rows.row(position, [BODY, CODE]));
    this.oid = eager.oid;
    this.schema = eager.schema;
    this.name = eager.name;
    this.kind = eager.kind;
    this.argTypeOids = eager.argTypeOids;
    this.argumentCountMin = eager.argumentCountMin;
    this.isVariadic = eager.isVariadic;
    this.returnTypeOid = eager.returnTypeOid;
    this.returnsSet = eager.returnsSet;
    this.language = eager.language;
    this.volatility = eager.volatility;
    this.isSecurityDefiner = eager.isSecurityDefiner;
    if (eager.extension !== undefined) this.extension = eager.extension;
  }

  get body(): string | undefined {
    return this.#rows.field(this.#position, BODY)?.toString('utf8');
  }

  get code(): CatalogCode | undefined {
    return this.plain().code;
  }

  /** All of it at once, as data that can be cloned and written. */
  plain(): CatalogFunction {
    return functionOf(this.#rows.row(this.#position));
  }
}
