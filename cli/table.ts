import { displayWidth, oneLine, padDisplay, printable } from './render/printable.ts';

/** Texts of clients are among the cells: a statement of a megabyte must not fill the screen. */
const MAX_CELL_COLUMNS = 200;

/** Left-aligned columns, two spaces apart, a line a row; cells are made harmless to the terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => oneLine(printable(cell), MAX_CELL_COLUMNS)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => padDisplay(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 2026-11-24 05:12:33, local time. */
export function dateTime(ms: number): string {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
