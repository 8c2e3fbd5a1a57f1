/** 1-based; columns count code points, as editors show them. */
export type TextPosition = { readonly line: number; readonly column: number };

/** Line and column of an offset in UTF-16 code units. */
export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: Array.from(before.at(-1) ?? '').length + 1 };
}

/** Cedar counts bytes of UTF-8; JavaScript counts UTF-16 code units. */
export function utf16Offset(text: string, byteOffset: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length;
}
