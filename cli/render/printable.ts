/**
 * Texts in the audit were written by whoever sent the statement: escape sequences in them must not reach the terminal
 * (they can rewrite the screen, or its title), nor characters that make text look like another (bidirectional overrides).
 */
export function printable(text: string): string {
  return text.replaceAll(unsafe, picture);
}

/** The same for a text of several lines; tabs stay too. */
export function printableLines(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(unsafeInLines, picture);
}

// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
// eslint-disable-next-line no-control-regex
const unsafeInLines = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Unicode's control pictures for C0, a replacement character for the rest: one code unit for one. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** On one line, white space collapsed, at most `columns` wide. */
export function oneLine(text: string, columns: number): string {
  const line = printable(text.replaceAll(/\s+/g, ' ').trim());
  if (displayWidth(line) <= columns) return line;
  let shortened = '';
  let width = 1;
  for (const { segment } of graphemes.segment(line)) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    shortened += segment;
  }
  return `${shortened}…`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a printable text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** 2 for East Asian wide and full-width characters and for emoji, 0 for a mark without a base, else 1. @see UAX 11 */
function graphemeWidth(grapheme: string): number {
  if (/^\p{M}+$/u.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

const wide = new RegExp(
  '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19' +
    '\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18dff}\\u{1aff0}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}' +
    '\\u{20000}-\\u{3fffd}\\p{Emoji_Presentation}\\ufe0f]',
  'u',
);

/** Pads with spaces to a width; longer texts stay as they are. */
export function padDisplay(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/** Grapheme by grapheme, with offsets in UTF-16 code units. */
export function graphemesOf(text: string): readonly { readonly segment: string; readonly index: number }[] {
  return [...graphemes.segment(text)].map(({ segment, index }) => ({ segment, index }));
}
