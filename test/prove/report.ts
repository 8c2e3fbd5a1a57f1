import { readFileSync, writeFileSync } from 'node:fs';
import type { PostgresVersion } from '../support/start-postgres.ts';
import { sum, type Tally } from './tally.ts';

export type Result = { readonly version: PostgresVersion; readonly source: string; readonly tally: Tally };

const HEADINGS = ['PostgreSQL', 'statements', 'taken by the server', 'analysed', 'missed', 'over'] as const;

/** The figures as a Markdown table: one row for each version and source, and the sum. */
export function table(results: readonly Result[]): string {
  const total = sum(results.map(({ tally }) => tally));
  const rows = [
    ...results.map(({ version, source, tally }) => row(`${version}, ${source}`, tally)),
    row('**all**', total),
  ];
  return [line(HEADINGS), line(HEADINGS.map(() => '---')), ...rows].join('\n');
}

function row(name: string, { sent, valid, analysed, missed, over }: Tally): string {
  return line([name, `${sent}`, `${valid}`, percent(analysed, valid, 2), `${missed}`, percent(over, analysed, 2)]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Statements with accesses that PostgreSQL does not ask for, by design. */
export function kinds(results: readonly Result[]): string {
  const { byKind, analysed } = sum(results.map(({ tally }) => tally));
  return [...byKind]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, found]) => `${kind} ${percent(found, analysed, 1)}`)
    .join(', ');
}

export function lastLine(results: readonly Result[]): string {
  const { missed, over, analysed } = sum(results.map(({ tally }) => tally));
  return `missed ${missed}, over ${percent(over, analysed, 1)}, statements ${analysed}`;
}

/** A missed access is a breach; more than 2 % unexplained ones are too many false alarms. */
export function isProved(results: readonly Result[]): boolean {
  const { missed, over, analysed } = sum(results.map(({ tally }) => tally));
  return missed === 0 && analysed > 0 && over / analysed <= 0.02;
}

function percent(part: number, whole: number, digits: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(digits)} %`;
}

const BEGIN = '<!-- prove:begin -->';
const END = '<!-- prove:end -->';

/** Puts the figures between the markers of README.md. */
export function writeReadme(file: string, results: readonly Result[]): void {
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${BEGIN} ... ${END}`);
  const figures = `${table(results)}\n\nOver by design, share of statements: ${kinds(results)}.`;
  writeFileSync(file, `${text.slice(0, from + BEGIN.length)}\n${figures}\n${text.slice(to)}`);
}
