import { loadModule, parsePlPgSQLSync, parseSync } from 'libpg-query';
import type { AnalysisRefusal } from './analyzer.ts';
import type { Span } from './facts.ts';
import { limitRefusal } from './limits.ts';
import { RefusedAnalysis, unsupported } from './refusal.ts';
import type { TextOffsets } from './text-offsets.ts';
import { isTree, list, num, type Tree } from './tree.ts';
import { newKeywordIn } from './versions/new-keywords.ts';
import { asServerReads } from './versions/older-grammar.ts';
import { majorOf, NEWEST_MAJOR } from './versions/supported-versions.ts';

/** One statement of a text, as PostgreSQL's grammar reads it. */
export type RawStatement = { readonly stmt: unknown; readonly span: Span };

/** Loads the WASM module; once for each thread, before the first parse. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/**
 * Parses a text with PostgreSQL 18's grammar, and gives the trees the meaning that the server's own grammar does.
 * @param serverVersion server_version_num, such as 180004
 * @returns the statements in order; none for an empty text or one of comments only
 * @throws RefusedAnalysis for a syntax error, with PostgreSQL's own message and position
 * @throws any other error where the parser itself failed: its state is not to be trusted after that
 */
export function parseStatements(text: string, offsets: TextOffsets, serverVersion: number): readonly RawStatement[] {
  if (text === '') return [];
  return list(parseTree(text, majorOf(serverVersion)), 'stmts')
    .filter(isTree)
    .map((raw) => ({ stmt: raw['stmt'], span: spanOf(raw, text, offsets) }));
}

/** Parses SQL that comes from the catalog (view definitions, defaults), as its server wrote it, into wrapped nodes. */
export function parseCatalogSql(sql: string, serverVersion: number): readonly unknown[] {
  if (sql === '') return [];
  return list(parseTree(sql, majorOf(serverVersion)), 'stmts')
    .filter(isTree)
    .map((raw) => raw['stmt']);
}

/**
 * Parses a CREATE FUNCTION or DO with a PL/pgSQL body.
 * @returns the parser's tree; it forgets places, and the blocks that variables belong to
 * @throws RefusedAnalysis where the parser does not take the body; any other error where it failed itself
 */
export function parseCatalogPlpgsql(statement: string): Tree {
  try {
    const result: unknown = parsePlPgSQLSync(statement);
    return isTree(result) ? result : {};
  } catch (error) {
    // The parser's own messages come as plain errors; traps and overflows as others.
    const isMessage = error instanceof SyntaxError || (error instanceof Error && error.constructor === Error);
    throw isMessage ? unsupported(`a PL/pgSQL body (${error.message})`) : error;
  }
}

function parseTree(text: string, serverMajor: number): Tree {
  let result: unknown;
  try {
    result = parseSync(text);
  } catch (error) {
    throw grammarRefusal(error, newKeywordIn(text, serverMajor)) ?? error;
  }
  return isTree(result) ? asServerReads(result, text, serverMajor) : {};
}

/** libpg-query puts what the grammar said into `sqlDetails`; all else (traps, overflows) has none. */
function grammarRefusal(error: unknown, newKeyword: string | undefined): RefusedAnalysis | undefined {
  if (!(error instanceof Error) || !('sqlDetails' in error)) return undefined;
  const details = isTree(error.sqlDetails) ? error.sqlDetails : {};
  if (/^(memory exhausted|stack depth limit|out of memory)/.test(error.message)) {
    return new RefusedAnalysis(
      limitRefusal('statement is nested too deeply', 'use IN lists, VALUES or fewer operators in a row'),
    );
  }
  const refusal = syntaxError(error.message, num(details, 'cursorPosition'));
  return new RefusedAnalysis(newKeyword === undefined ? refusal : { ...refusal, hint: quoteHint(newKeyword) });
}

/** The server itself might take the text. */
function quoteHint(word: string): string {
  return `stepward reads with the grammar of PostgreSQL ${NEWEST_MAJOR}, where ${word} is a keyword: as a name, write it in double quotes`;
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
  const start = from + leadingSpace(text.slice(from, to));
  return { start, end: Math.max(start, endWithoutSpace(text, to)) };
}

/** PostgreSQL's white space alone: a no-break space, which trim() takes too, is a letter of a name to it. */
const SPACE = ' \t\n\r\f\v';

/** How many code units of white space a text starts with. */
export function leadingSpace(part: string): number {
  let count = 0;
  while (count < part.length && SPACE.includes(part.charAt(count))) count += 1;
  return count;
}

function endWithoutSpace(text: string, to: number): number {
  let end = to;
  while (end > 0 && SPACE.includes(text.charAt(end - 1))) end -= 1;
  return end;
}
