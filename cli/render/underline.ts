import type { Span } from '../../policy/access/facts.ts';
import { displayWidth, graphemesOf, printable } from './printable.ts';

type Cell = { readonly text: string; readonly width: number; readonly isMarked: boolean };

export type UnderlineOptions = {
  /** Columns for the text, without the gutter; longer lines are broken. undefined: they are not. */
  readonly columns: number | undefined;
  /** Lines shown before and after a marked one. */
  readonly context: number;
  readonly mark: (carets: string) => string;
};

/**
 * The lines of a statement, with carets under what the spans cover, line numbers in front, and lines far from any span
 * left out.
 * @param spans half-open ranges of UTF-16 code units of `text`
 */
export function underline(text: string, spans: readonly Span[], options: UnderlineOptions): string {
  const lines = splitLines(text, spans);
  const shown = linesToShow(lines, options.context);
  const digits = String(lines.length).length;
  const rows = lines.flatMap((cells, i): readonly string[] => {
    if (!shown.has(i)) return shown.has(i - 1) || i === 0 ? [`${' '.repeat(digits)} ⋮`] : [];
    return chunks(cells, options.columns).flatMap((chunk, part) => {
      const number = part === 0 ? String(i + 1) : '';
      const row = `${number.padStart(digits)} │ ${chunk.map((cell) => cell.text).join('')}`.trimEnd();
      const carets = caretsUnder(chunk);
      return carets === '' ? [row] : [row, `${' '.repeat(digits)} │ ${options.mark(carets)}`];
    });
  });
  return rows.join('\n');
}

function splitLines(text: string, spans: readonly Span[]): readonly (readonly Cell[])[] {
  // A carriage return before a line feed would shift the offsets if it were taken out first.
  const lines: (readonly Cell[])[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    lines.push(cellsOf(line.endsWith('\r') ? line.slice(0, -1) : line, start, spans));
    start += line.length + 1;
  }
  return lines;
}

function cellsOf(line: string, start: number, spans: readonly Span[]): readonly Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  for (const { segment, index } of graphemesOf(line)) {
    const from = start + index;
    const isMarked = spans.some((span) => span.start < from + segment.length && span.end > from);
    const cell = segment === '\t' ? tab(column) : visible(segment);
    cells.push({ ...cell, isMarked });
    column += cell.width;
  }
  return cells;
}

/** As it is printed, which may be wider than what was written: a joiner inside an emoji is made visible. */
function visible(segment: string): Pick<Cell, 'text' | 'width'> {
  const text = printable(segment);
  return { text, width: displayWidth(text) };
}

/** To the next multiple of 8, as spaces: a caret line cannot rely on the terminal's tab stops behind the gutter. */
function tab(column: number): Pick<Cell, 'text' | 'width'> {
  const width = 8 - (column % 8);
  return { text: ' '.repeat(width), width };
}

function chunks(cells: readonly Cell[], columns: number | undefined): readonly (readonly Cell[])[] {
  if (columns === undefined) return [cells];
  const result: Cell[][] = [[]];
  let width = 0;
  for (const cell of cells) {
    if (width + cell.width > columns && width > 0) {
      result.push([]);
      width = 0;
    }
    result.at(-1)?.push(cell);
    width += cell.width;
  }
  return result;
}

function caretsUnder(cells: readonly Cell[]): string {
  return cells
    .map(({ width, isMarked }) => (isMarked ? '^' : ' ').repeat(width))
    .join('')
    .trimEnd();
}

function linesToShow(lines: readonly (readonly Cell[])[], context: number): ReadonlySet<number> {
  const marked = lines.flatMap((cells, i) => (cells.some((cell) => cell.isMarked) ? [i] : []));
  if (marked.length === 0) return new Set(lines.keys());
  const near = marked.flatMap((i) => Array.from({ length: 2 * context + 1 }, (_, k) => i - context + k));
  return new Set(near.filter((i) => i >= 0 && i < lines.length));
}
