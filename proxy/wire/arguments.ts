import { isUtf8 } from 'node:buffer';
import type { Frame } from './frames.ts';
import { PayloadReader } from './payload-reader.ts';
import { malformedMessage } from './pg-error.ts';

/** A value that a client sends for a parameter; null is SQL's NULL. */
export type Argument = { readonly isBinary: boolean; readonly bytes: Buffer | null };

export type FunctionCallMessage = {
  readonly functionOid: number;
  readonly args: readonly Argument[];
};

/**
 * The values of a Bind message.
 * @throws PgError 08P01, 22021
 */
export function decodeBindArguments(frame: Pick<Frame, 'payload'>): readonly Argument[] {
  const reader = new PayloadReader(frame.payload);
  reader.cstring();
  reader.cstring();
  return readArguments(reader);
}

/** @throws PgError 08P01 */
export function decodeFunctionCall(frame: Pick<Frame, 'payload'>): FunctionCallMessage {
  const reader = new PayloadReader(frame.payload);
  const functionOid = reader.uint32();
  const args = readArguments(reader);
  reader.uint16();
  reader.end();
  return { functionOid, args };
}

/** One format for each value, one for all of them, or none: then all are text. */
function readArguments(reader: PayloadReader): readonly Argument[] {
  const formats = readMany(reader, 2, () => reader.uint16());
  const values = readMany(reader, 4, () => readValue(reader));
  if (formats.length > 1 && formats.length !== values.length) throw malformedMessage('invalid message format');
  return values.map((bytes, at) => ({ bytes, isBinary: (formats.length === 1 ? formats[0] : formats[at]) === 1 }));
}

/** @param itemBytes that each takes at least: a count is not believed before there is room for so many */
function readMany<Item>(reader: PayloadReader, itemBytes: number, read: () => Item): readonly Item[] {
  const count = reader.uint16();
  if (count * itemBytes > reader.remaining) throw malformedMessage('insufficient data left in message');
  return Array.from({ length: count }, read);
}

function readValue(reader: PayloadReader): Buffer | null {
  const length = reader.int32();
  return length === -1 ? null : reader.bytes(length);
}

/** Their text is what the client sent, in both formats; a binary boolean is the character 0 or 1. 0: not declared. */
const TEXT_TYPES: ReadonlySet<number> = new Set([0, 16, 25, 1043]);

/**
 * The value as the text that upstream will take it for; undefined where that cannot be told.
 * @param typeOid as declared, 0 where it is left to the server
 */
export function argumentText({ bytes }: Argument, typeOid: number): string | null | undefined {
  if (bytes === null) return null;
  return TEXT_TYPES.has(typeOid) && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
