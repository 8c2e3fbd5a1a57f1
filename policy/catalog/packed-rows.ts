import type { Row } from './load-rows.ts';

/**
 * Rows of a query as bytes, in the form of the protocol's DataRow without its type byte: int32 length (counts itself), int16
 * number of fields, then for each an int32 length (-1: NULL) and its text. No row is split over two chunks. The chunks are
 * shared memory, so that threads read one and the same copy, and nothing is serialised to send them.
 * @see PostgreSQL manual, "Message Formats", DataRow
 */
export type PackedRows = { readonly chunks: readonly Uint8Array<SharedArrayBuffer>[] };

const CHUNK_BYTES = 256 * 1024;
/** The first chunk of a result: most results of a catalog have few rows. */
const FIRST_CHUNK_BYTES = 4096;

/** Collects rows as they come off the wire. */
export class PackedRowsBuilder {
  readonly #chunks: Uint8Array<SharedArrayBuffer>[] = [];
  #current = new Uint8Array(new SharedArrayBuffer(0));
  #used = 0;

  /** @param row the frame of a DataRow behind its type byte; it is copied */
  append(row: Uint8Array): void {
    if (this.#used + row.length > this.#current.length) this.#grow(row.length);
    this.#current.set(row, this.#used);
    this.#used += row.length;
  }

  done(): PackedRows {
    this.#close();
    return { chunks: this.#chunks.splice(0) };
  }

  #grow(atLeast: number): void {
    this.#close();
    const size = this.#chunks.length === 0 ? FIRST_CHUNK_BYTES : CHUNK_BYTES;
    this.#current = new Uint8Array(new SharedArrayBuffer(Math.max(size, atLeast)));
    this.#used = 0;
  }

  /** The last chunk gives back what it did not need. */
  #close(): void {
    if (this.#used === 0) return;
    const isFull = this.#used > this.#current.length * 0.9;
    this.#chunks.push(isFull ? this.#current.subarray(0, this.#used) : copyOf(this.#current.subarray(0, this.#used)));
    this.#used = 0;
    this.#current = new Uint8Array(new SharedArrayBuffer(0));
  }
}

function copyOf(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** Rows of text values in the packed form, for whoever has no wire: commands, tests. */
export function packRows(rows: readonly Row[]): PackedRows {
  const builder = new PackedRowsBuilder();
  for (const row of rows) builder.append(packRow(row));
  return builder.done();
}

function packRow(row: Row): Buffer {
  const fields = row.map((value) => (value === null ? undefined : Buffer.from(value, 'utf8')));
  const length = fields.reduce((sum, field) => sum + 4 + (field?.length ?? 0), HEADER_BYTES);
  const bytes = Buffer.alloc(length);
  bytes.writeInt32BE(length, 0);
  bytes.writeInt16BE(row.length, 4);
  let at = HEADER_BYTES;
  for (const field of fields) {
    at = bytes.writeInt32BE(field?.length ?? -1, at);
    at += field?.copy(bytes, at) ?? 0;
  }
  return bytes;
}

const HEADER_BYTES = 6;

/** Where a row begins; meaningful to the reader that gave it alone. A small integer, so that ten thousands cost little. */
export type RowPosition = number;

/** No chunk is larger but one that holds a single row, which begins at 0. */
const OFFSETS = 2 ** 20;

/** Reads packed rows: all in turn, or single ones by their position. */
export class PackedRowsReader {
  readonly #chunks: readonly Buffer[];

  constructor({ chunks }: PackedRows) {
    this.#chunks = chunks.map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  *rows(): Generator<Row> {
    for (const position of this.positions()) yield this.row(position);
  }

  *positions(): Generator<RowPosition> {
    for (const [index, chunk] of this.#chunks.entries()) {
      for (let at = 0; at < chunk.length; at += chunk.readInt32BE(at)) yield index * OFFSETS + at;
    }
  }

  /**
   * All values of a row, in text form.
   * @param left fields that are left NULL, because they are long and not wanted
   */
  row(position: RowPosition, left: readonly number[] = []): Row {
    const [chunk, start] = this.#locate(position);
    const count = chunk.readInt16BE(start + 4);
    const values: (string | null)[] = [];
    let at = start + HEADER_BYTES;
    for (let field = 0; field < count; field += 1) {
      const length = chunk.readInt32BE(at);
      at += 4;
      values.push(length < 0 || left.includes(field) ? null : chunk.toString('utf8', at, at + length));
      at += Math.max(0, length);
    }
    return values;
  }

  /** One value of a row, in place; undefined for NULL. */
  field(position: RowPosition, index: number): Buffer | undefined {
    const [chunk, start] = this.#locate(position);
    let at = start + HEADER_BYTES;
    for (let field = 0; field < index; field += 1) at += 4 + Math.max(0, chunk.readInt32BE(at));
    const length = chunk.readInt32BE(at);
    return length < 0 ? undefined : chunk.subarray(at + 4, at + 4 + length);
  }

  /** A value that is a number below 2^53, without making a string of it. */
  number(position: RowPosition, index: number): number {
    const digits = this.field(position, index);
    let value = 0;
    for (const digit of digits ?? []) value = value * 10 + digit - 48;
    return value;
  }

  #locate(position: RowPosition): readonly [Buffer, number] {
    const chunk = this.#chunks[Math.floor(position / OFFSETS)];
    if (chunk === undefined) throw new RangeError('no such row');
    return [chunk, position % OFFSETS];
  }
}

/** Rows by the oid in their first column, found and read when they are asked for. */
export class RowsByOid {
  readonly #reader: PackedRowsReader;
  #positions: ReadonlyMap<number, RowPosition | readonly RowPosition[]> | undefined;

  constructor(packed: PackedRows) {
    this.#reader = new PackedRowsReader(packed);
  }

  rows(oid: number): readonly Row[] {
    return this.#positionsOf(oid).map((position) => this.#reader.row(position));
  }

  /** A value of each row that is a number, without reading the others. */
  numbers(oid: number, index: number): readonly number[] {
    return this.#positionsOf(oid).map((position) => this.#reader.number(position, index));
  }

  /** A value of the only row, in place. */
  field(oid: number, index: number): Buffer | undefined {
    const [position] = this.#positionsOf(oid);
    return position === undefined ? undefined : this.#reader.field(position, index);
  }

  #positionsOf(oid: number): readonly RowPosition[] {
    this.#positions ??= positionsByOid(this.#reader);
    const found = this.#positions.get(oid);
    return found === undefined ? [] : typeof found === 'number' ? [found] : found;
  }
}

/** Most relations have one row, or none: those cost no array. */
function positionsByOid(reader: PackedRowsReader): ReadonlyMap<number, RowPosition | readonly RowPosition[]> {
  const positions = new Map<number, RowPosition | RowPosition[]>();
  for (const position of reader.positions()) {
    const oid = reader.number(position, 0);
    const known = positions.get(oid);
    if (known === undefined) positions.set(oid, position);
    else if (typeof known === 'number') positions.set(oid, [known, position]);
    else known.push(position);
  }
  return positions;
}
