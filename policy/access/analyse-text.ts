import type { Catalog } from '../catalog/catalog.ts';
import { type CatalogIndex, indexCatalog } from '../catalog/catalog-index.ts';
import type { AnalysisRefusal, Namespace } from './analyzer.ts';
import type { AccessFacts } from './facts.ts';
import { type AnalysisLimits, checkNesting } from './limits.ts';
import { namesOutsideFacts } from './other-names.ts';
import { parseCatalogSql, parseStatements } from './parse.ts';
import type { Environment } from './query/environment.ts';
import { createQueryMemo, type QueryMemo } from './query/memo.ts';
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
  const tooDeep = checkNesting(text, limits);
  if (tooDeep !== undefined) return { kind: 'refused', refusal: tooDeep };
  const offsets = textOffsets(text);
  try {
    const statements = parseStatements(text, offsets);
    const env: Environment = {
      ...prepared,
      namespace,
      toSpan: offsets.toSpan,
      parse: parseCatalogSql,
      // A query in FROM counts twice: as a query and as an expression.
      maxDepth: 2 * limits.maxNesting + 10,
    };
    const facts = { statements: analyseSequence(statements, env, text) };
    return {
      kind: 'facts',
      facts,
      otherNames: namesOutsideFacts(
        statements.map((raw) => raw.stmt),
        namespace,
      ),
    };
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    const refusal = error.withPosition((byteOffset) => offsets.toPosition(offsets.toSpan(byteOffset, 0).start));
    return { kind: 'refused', refusal };
  }
}
