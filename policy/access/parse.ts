import { loadModule, parseSync } from 'libpg-query';
import type { AnalysisRefusal } from './analyzer.ts';
import type { Span } from './facts.ts';
import { limitRefusal } from './limits.ts';
import { RefusedAnalysis } from './refusal.ts';
import type { TextOffsets } from './text-offsets.ts';
import { isTree, list, num, type Tree } from './tree.ts';

/** One statement of a text, as PostgreSQL's grammar reads it. */
export type RawStatement = { readonly stmt: unknown; readonly span: Span };

/** Loads the WASM module; once for each thread, before the first parse. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/**
 * Parses a text with PostgreSQL 18's grammar.
 * @returns the statements in order; none for an empty text or one of comments only
 * @throws RefusedAnalysis for a syntax error, with PostgreSQL's own message and position
 * @throws any other error where the parser itself failed: its state is not to be trusted after that
 */
export function parseStatements(text: string, offsets: TextOffsets): readonly RawStatement[] {
  if (text === '') return [];
  return list(parseTree(text), 'stmts')
    .filter(isTree)
    .map((raw) => ({ stmt: raw['stmt'], span: spanOf(raw, text, offsets) }));
}

/** Parses SQL that comes from the catalog (view definitions, defaults) into wrapped nodes. */
export function parseCatalogSql(sql: string): readonly unknown[] {
  if (sql === '') return [];
  return list(parseTree(sql), 'stmts')
    .filter(isTree)
    .map((raw) => raw['stmt']);
}

function parseTree(text: string): Tree {
  try {
    const result: unknown = parseSync(text);
    return isTree(result) ? result : {};
  } catch (error) {
    throw grammarRefusal(error) ?? error;
  }
}

/** libpg-query puts what the grammar said into `sqlDetails`; all else (traps, overflows) has none. */
function grammarRefusal(error: unknown): RefusedAnalysis | undefined {
  if (!(error instanceof Error) || !('sqlDetails' in error)) return undefined;
  const details = isTree(error.sqlDetails) ? error.sqlDetails : {};
  if (/^(memory exhausted|stack depth limit|out of memory)/.test(error.message)) {
    return new RefusedAnalysis(
      limitRefusal('statement is nested too deeply', 'use IN lists, VALUES or fewer operators in a row'),
    );
  }
  return new RefusedAnalysis(syntaxError(error.message, num(details, 'cursorPosition')));
}

/** @param codePoint 0-based; libpg-query reports 0 also where PostgreSQL gives no position */
function syntaxError(message: string, codePoint: number): AnalysisRefusal {
  const refusal = { cause: 'syntax', sqlstate: sqlstateOf(message), message } as const;
  return codePoint > 0 || message.includes(' at or near ') ? { ...refusal, position: codePoint + 1 } : refusal;
}

function sqlstateOf(message: string): string {
  if (message.startsWith('invalid byte sequence')) return '22021';
  if (message.endsWith('is not supported') || message.includes('not implemented')) return '0A000';
  return '42601';
}

/** PostgreSQL's location of a later statement starts right after the semicolon: white space is left out here. */
function spanOf(raw: Tree, text: string, offsets: TextOffsets): Span {
  const from = offsets.toSpan(num(raw, 'stmt_location'), 0).start;
  const length = num(raw, 'stmt_len');
  const to = length === 0 ? text.length : offsets.toSpan(num(raw, 'stmt_location') + length, 0).start;
  const start = from + leading(text.slice(from, to));
  return { start, end: Math.max(start, start + text.slice(start, to).trimEnd().length) };
}

function leading(part: string): number {
  return part.length - part.trimStart().length;
}
