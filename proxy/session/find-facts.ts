import type { Analysis, Namespace } from '../../policy/access/analyzer.ts';
import type { AccessFacts } from '../../policy/access/facts.ts';
import { isShortValue, type ParameterValue, withParameterValues } from '../../policy/access/parameter-values.ts';
import { catalogUnavailable, notSupported, type PgError } from '../wire/pg-error.ts';
import { analysisError } from './analysis-error.ts';
import type { JudgeRequest } from './gate-contract.ts';
import type { GateDeps } from './gate-deps.ts';
import { isLinked, linkFacts } from './linked-facts.ts';

export type FoundFacts = {
  readonly facts: AccessFacts;
  /** What the second reader said; undefined where the facts were found earlier. */
  readonly secondReader: string | undefined;
};

/**
 * What the request's statements touch, with what EXECUTE and FETCH reach merged in.
 * @throws PgError for a text that has no facts
 */
export async function findFacts(request: JudgeRequest, deps: GateDeps): Promise<FoundFacts> {
  const { facts: own, secondReader, namespace } = await ownFacts(request, deps);
  if (!isLinked(own)) return { facts: own, secondReader };
  const facts = await linkFacts(own, { ...request, namespace }, (body, at) => analyse(body, at, deps));
  return { facts, secondReader };
}

type OwnFacts = FoundFacts & { readonly namespace: Namespace };

/** What the text itself touches, and with which names. */
async function ownFacts(request: JudgeRequest, deps: GateDeps): Promise<OwnFacts> {
  const { namespace, boundFacts, transaction } = request;
  // A portal runs what was planned at its Bind.
  if (boundFacts !== undefined) return { facts: boundFacts, secondReader: undefined, namespace };
  const analysis = await analysisWithValues(request, namespace, deps);
  if (!transaction.hasUncommittedDdl || namespace.catalogId !== undefined || isUntouchedByDdl(analysis)) {
    return { ...requireFacts(analysis), namespace };
  }
  const own = await request.afterDdl?.();
  if (own === undefined) throw analysis.kind === 'refused' ? analysisError(analysis.refusal) : schemaHasChanged();
  return { ...requireFacts(await analysisWithValues(request, own, deps)), namespace: own };
}

/** Once for the name of a setting, once for its value; more is no question of values. */
const MAX_ROUNDS = 3;

/** Asks again with the values of the parameters that decide what the statement does, where all of them are known. */
async function analysisWithValues(
  request: JudgeRequest,
  namespace: Namespace,
  deps: GateDeps,
  round = 0,
): Promise<Analysis> {
  const { text, parameterValue } = request;
  const analysis = await findAnalysis(text, namespace, deps);
  const needed = analysis.kind === 'refused' ? (analysis.refusal.needsParameters ?? []) : [];
  const values = needed.flatMap((number): readonly ParameterValue[] => {
    const value = parameterValue?.(number);
    return value === undefined || !isShortValue(value) ? [] : [[number, value]];
  });
  if (needed.length === 0 || values.length < needed.length || round === MAX_ROUNDS) return analysis;
  return analysisWithValues(request, withParameterValues(namespace, values), deps, round + 1);
}

export function findAnalysis(text: string, namespace: Namespace, deps: GateDeps): Analysis | Promise<Analysis> {
  return known(text, namespace, deps) ?? analyse(text, namespace, deps);
}

function requireFacts(analysis: Analysis): FoundFacts {
  if (analysis.kind === 'refused') throw analysisError(analysis.refusal);
  return { facts: analysis.facts, secondReader: analysis.secondReader };
}

/** The hot path: facts that are there already, and hold. Nothing is waited for. */
function known(text: string, namespace: Namespace, deps: GateDeps): Analysis | undefined {
  if (deps.catalog.fresh() !== true) return undefined;
  const analysis = deps.analyzer.peek(text, namespace);
  return analysis?.kind === 'facts' ? analysis : undefined;
}

/** A name that the catalog does not have may have been made elsewhere a moment ago: then the catalog is read again. */
async function analyse(text: string, namespace: Namespace, deps: GateDeps): Promise<Analysis> {
  const isFresh = deps.catalog.fresh();
  if (isFresh !== true && !(await isFresh)) throw catalogUnavailable();
  const analysis = deps.analyzer.peek(text, namespace) ?? (await deps.analyzer.analyze(text, namespace));
  if (analysis.kind === 'facts' || analysis.refusal.cause !== 'unknownName') return analysis;
  return (await deps.catalog.recheck()) ? deps.analyzer.analyze(text, namespace) : analysis;
}

/** What DDL of the open transaction changed, everybody's catalog does not have: only what names no object stays as it is. */
export function isUntouchedByDdl(analysis: Analysis): boolean {
  if (analysis.kind === 'refused' || isLinked(analysis.facts)) return false;
  return analysis.facts.statements.every(({ accesses }) =>
    accesses.every(({ action }) => action === 'connect' || action === 'ddl' || action === 'set'),
  );
}

function schemaHasChanged(): PgError {
  return notSupported(
    'a statement that names tables, in a transaction that changed the schema,',
    'commit the change first',
  );
}
