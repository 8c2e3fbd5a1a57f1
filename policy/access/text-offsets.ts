import type { Span } from './facts.ts';

/** Turns the parser's positions (UTF-8 bytes) into those of facts (UTF-16 code units) and of errors (code points). */
export type TextOffsets = {
  /**
   * The part of the text at a parser location.
   * @param byteOffset as in a node's `location`; negative (not known) gives the empty span at 0
   * @param byteLength where left out, the token at that place, a dotted name counting as one
   */
  readonly toSpan: (byteOffset: number, byteLength?: number) => Span;
  /** 1-based, in code points, as ErrorResponse's field P wants it. */
  readonly toPosition: (utf16Offset: number) => number;
};

const QUALIFIED_NAME =
  /(?:[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*|"(?:[^"]|"")*")(?:\s*\.\s*(?:[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*|"(?:[^"]|"")*"|\*))*/uy;
const LITERAL = /'(?:[^']|'')*'|\$\d+|[\d.]+|[-+*/<>=~!@#%^&|`?]+/uy;

/** Prepares the conversion for one text; an ASCII text costs nothing. */
export function textOffsets(text: string): TextOffsets {
  const toUtf16 = byteIndex(text);
  return {
    toSpan: (byteOffset, byteLength) => {
      if (byteOffset < 0) return { start: 0, end: 0 };
      const start = toUtf16(byteOffset);
      const end = byteLength === undefined ? tokenEnd(text, start) : toUtf16(byteOffset + byteLength);
      return { start, end: Math.max(start, end) };
    },
    toPosition: (utf16Offset) => codePoints(text, utf16Offset) + 1,
  };
}

/** UTF-16 offset of the place that lies `codePointOffset` code points into the text. */
export function utf16OfCodePoint(text: string, codePointOffset: number): number {
  let offset = 0;
  for (let left = codePointOffset; left > 0 && offset < text.length; left -= 1) {
    offset += widthAt(text, offset);
  }
  return offset;
}

function tokenEnd(text: string, start: number): number {
  for (const pattern of [QUALIFIED_NAME, LITERAL]) {
    const match = new RegExp(pattern.source, pattern.flags);
    match.lastIndex = start;
    const found = match.exec(text);
    if (found !== null && found[0].length > 0) return start + found[0].length;
  }
  return Math.min(start + 1, text.length);
}

function byteIndex(text: string): (byteOffset: number) => number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes === text.length) return (byteOffset) => Math.min(byteOffset, text.length);
  let table: Uint32Array | undefined;
  return (byteOffset) => {
    table ??= buildTable(text, bytes);
    return table[Math.min(byteOffset, bytes)] ?? text.length;
  };
}

function buildTable(text: string, bytes: number): Uint32Array {
  const table = new Uint32Array(bytes + 1);
  let at = 0;
  for (let offset = 0; offset < text.length; offset += widthAt(text, offset)) {
    const width = utf8Width(text.codePointAt(offset) ?? 0);
    table.fill(offset, at, at + width);
    at += width;
  }
  table.fill(text.length, at);
  return table;
}

function codePoints(text: string, end: number): number {
  let count = 0;
  for (let offset = 0; offset < end; offset += widthAt(text, offset)) count += 1;
  return count;
}

function widthAt(text: string, offset: number): 1 | 2 {
  return (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
}

function utf8Width(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
