import type { Catalog } from '../catalog/catalog.ts';
import { type CatalogIndex, indexCatalog } from '../catalog/catalog-index.ts';
import type { AnalysisRefusal, Namespace } from './analyzer.ts';
import type { AccessFacts } from './facts.ts';
import { type AnalysisLimits, checkNesting } from './limits.ts';
import { type CallMessage, placedAt, selectOfCall } from './function-call-message.ts';
import { ANY_NAME, namesOutsideFacts } from './other-names.ts';
import { parseCatalogPlpgsql, parseCatalogSql, parseStatements, type RawStatement } from './parse.ts';
import type { Environment } from './query/environment.ts';
import { createQueryMemo, type QueryMemo } from './query/memo.ts';
import { withPrintedRows } from './printed-rows.ts';
import { withParameterTypes } from './parameter-types.ts';
import { RefusedAnalysis } from './refusal.ts';
import { analyseSequence } from './statements/sequence.ts';
import { textOffsets } from './text-offsets.ts';

/** What the authority says of a text. Plain data: it crosses from the worker. */
export type Reading =
  | {
      readonly kind: 'facts';
      readonly facts: AccessFacts;
      /** Lower-case names that the text has and that are no table to be judged (CTEs, functions, DDL's own targets). */
      readonly otherNames: readonly string[];
    }
  | { readonly kind: 'refused'; readonly refusal: AnalysisRefusal };

/** A catalog made ready for analysis; what is remembered from one statement to the next depends on it alone. */
export type Prepared = { readonly index: CatalogIndex; readonly memo: QueryMemo };

export function prepareCatalog(catalog: Catalog): Prepared {
  return { index: indexCatalog(catalog), memo: createQueryMemo() };
}

/**
 * Statement text -> facts, synchronously. The parser must be loaded (`loadParser`).
 * @throws whatever is not a refusal: the parser trapped or a stack overflowed, and this thread is to be replaced
 */
export function analyseText(
  text: string,
  namespace: Namespace,
  prepared: Prepared,
  limits: Pick<AnalysisLimits, 'maxNesting'>,
): Reading {
  if (namespace.call !== undefined) return analyseCall(text, namespace.call, namespace, prepared, limits);
  const tooDeep = checkNesting(text, limits);
  if (tooDeep !== undefined) return { kind: 'refused', refusal: tooDeep };
  const offsets = textOffsets(text);
  const { serverVersion } = prepared.index.catalog;
  try {
    const statements = parseStatements(text, offsets, serverVersion);
    const env: Environment = {
      ...prepared,
      namespace,
      toSpan: offsets.toSpan,
      parse: (sql) => parseCatalogSql(sql, serverVersion),
      parsePlpgsql: parseCatalogPlpgsql,
      // A query in FROM counts twice: as a query and as an expression.
      maxDepth: 2 * limits.maxNesting + 10,
    };
    const analysed = analyseSequence(statements, env, text);
    const facts = { statements: analysed.map((one) => withPrintedRows(one, prepared.index, namespace)) };
    return { kind: 'facts', facts, otherNames: otherNames(statements, namespace) };
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    const refusal = error.withPosition((byteOffset) => offsets.toPosition(offsets.toSpan(byteOffset, 0).start));
    return { kind: 'refused', refusal: clipped(refusal) };
  }
}

/** @param text the stand-in, which is not read */
function analyseCall(
  text: string,
  call: CallMessage,
  namespace: Namespace,
  prepared: Prepared,
  limits: Pick<AnalysisLimits, 'maxNesting'>,
): Reading {
  try {
    const select = selectOfCall(call, namespace, prepared.index);
    const typed = withParameterTypes(select.namespace, select.fn.argTypeOids);
    const reading = analyseText(select.text, typed, prepared, limits);
    if (reading.kind === 'facts') return { ...reading, facts: placedAt(reading.facts, text) };
    const { position: _, ...refusal } = reading.refusal;
    return { kind: 'refused', refusal };
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    return { kind: 'refused', refusal: error.refusal };
  }
}

/** More of them cannot be in a text that is short enough for the second reader. */
const MAX_OTHER_NAMES = 5000;

function otherNames(statements: readonly RawStatement[], namespace: Namespace): readonly string[] {
  const names = namesOutsideFacts(
    statements.map(({ stmt }) => stmt),
    namespace,
  );
  return names.length > MAX_OTHER_NAMES ? [ANY_NAME] : names;
}

/** The grammar quotes all of a literal that does not end, up to a megabyte: for the client, the log and the audit. */
const MAX_MESSAGE_CHARS = 1000;

function clipped(refusal: AnalysisRefusal): AnalysisRefusal {
  const { message } = refusal;
  if (message.length <= MAX_MESSAGE_CHARS) return refusal;
  return { ...refusal, message: `${message.slice(0, MAX_MESSAGE_CHARS).toWellFormed()}…` };
}
