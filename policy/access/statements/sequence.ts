import { parseSearchPath } from '../../catalog/namespace-defaults.ts';
import type { Namespace } from '../analyzer.ts';
import type { Effect, StatementFacts, TempRelation } from '../facts.ts';
import { MAX_ACCESSES, touchesTooMuch } from '../limits.ts';
import type { RawStatement } from '../parse.ts';
import type { Environment } from '../query/environment.ts';
import { RefusedAnalysis } from '../refusal.ts';
import { withTaint } from '../temp-taint.ts';
import { nodeOf, str } from '../tree.ts';
import type { LocalNames } from './scene.ts';
import { analyseStatement } from './statement.ts';

/**
 * Several statements in one text: each is judged with the names that the ones before it leave. What cannot be told from
 * the text (ROLLBACK, DDL, code) ends the telling: a statement with names after it is refused.
 */
export function analyseSequence(
  statements: readonly RawStatement[],
  env: Environment,
  text: string,
): readonly StatementFacts[] {
  let state = initialState(env.namespace);
  let found = 0;
  return statements.map((raw) => {
    if (state.unknownAfter !== undefined && usesNames(raw)) throw separately(state.unknownAfter);
    const facts = analyseStatement(raw, { ...env, namespace: state.namespace }, text, state.local);
    found += facts.accesses.length + 1;
    if (found > MAX_ACCESSES) throw new RefusedAnalysis(touchesTooMuch());
    state = after(state, facts, raw);
    return facts;
  });
}

type State = {
  /** What names mean before the text. */
  readonly start: Namespace;
  readonly namespace: Namespace;
  readonly local: LocalNames;
  /** Set once names can no longer be told: the statement after which that is so. */
  readonly unknownAfter: string | undefined;
};

function initialState(namespace: Namespace): State {
  return { start: namespace, namespace, local: { prepared: new Map(), cursors: new Map() }, unknownAfter: undefined };
}

/** Kinds that name no relation, type or function, or only what the session keeps. */
const NAMELESS: ReadonlySet<string> = new Set([
  'TransactionStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'DiscardStmt',
  'DeallocateStmt',
  'FetchStmt',
  'ClosePortalStmt',
  'ListenStmt',
  'UnlistenStmt',
  'NotifyStmt',
  'ConstraintsSetStmt',
  'CheckPointStmt',
]);

function usesNames(raw: RawStatement): boolean {
  return !NAMELESS.has(nodeOf(raw.stmt)?.tag ?? '');
}

function after(state: State, facts: StatementFacts, raw: RawStatement): State {
  return facts.effects.reduce((now, effect) => afterEffect(now, effect, facts, raw), state);
}

function afterEffect(state: State, effect: Effect, facts: StatementFacts, raw: RawStatement): State {
  const { kind } = facts;
  switch (effect.kind) {
    case 'set':
      return afterSet(state, effect, kind);
    case 'transaction':
      // The end of a transaction brings back what was before it, or what SET LOCAL had hidden. Where this text has
      // changed nothing it changes nothing; what earlier messages have changed, the session knows and refuses.
      if (['begin', 'savepoint', 'release'].includes(effect.verb)) return state;
      return state.namespace === state.start ? state : unknown(state, kind);
    case 'prepare':
      return { ...state, local: { ...state.local, prepared: withPrepared(state.local, effect.name, raw) } };
    case 'declareCursor':
      return {
        ...state,
        local: { ...state.local, cursors: new Map([...state.local.cursors, [effect.name, facts.result ?? []]]) },
      };
    case 'createTemp':
      return withTemps(state, [...without(state, effect.relation.name), effect.relation]);
    case 'writeTemp':
      return withTemps(
        state,
        state.namespace.tempRelations.map((temp) => (temp.name === effect.name ? withTaint(temp, effect) : temp)),
      );
    case 'dropTemp':
      return withTemps(state, without(state, effect.name));
    case 'discard':
      if (effect.what === 'temp') return withTemps(state, []);
      return effect.what === 'all' ? unknown(state, kind) : state;
    case 'executePrepared':
    case 'fetchCursor':
      // What it runs is linked later, and may itself set something.
      return unknown(state, kind);
    case 'ddl':
      return unknown(state, kind);
    case 'deallocate':
    case 'closeCursor':
      return { ...state, local: forgotten(state.local, effect) };
  }
}

function afterSet(state: State, effect: Extract<Effect, { kind: 'set' }>, kind: string): State {
  if (effect.name === 'role' || effect.name === 'session_authorization') return unknown(state, kind);
  if (effect.name !== 'search_path') return state;
  // What RESET goes back to is the session's knowledge.
  if (effect.value === undefined) return unknown(state, kind);
  const { namespace } = state;
  const searchPath = parseSearchPath(effect.value, namespace.role);
  return { ...state, namespace: { ...namespace, searchPath, key: `${namespace.key} path ${effect.value}` } };
}

function unknown(state: State, kind: string): State {
  return { ...state, unknownAfter: state.unknownAfter ?? kind };
}

function withTemps(state: State, tempRelations: readonly TempRelation[]): State {
  return { ...state, namespace: { ...state.namespace, tempRelations, key: `${state.namespace.key} temp` } };
}

function without(state: State, name: string): readonly TempRelation[] {
  return state.namespace.tempRelations.filter((temp) => temp.name !== name);
}

function withPrepared(local: LocalNames, name: string, raw: RawStatement): ReadonlyMap<string, unknown> {
  const body = nodeOf(raw.stmt)?.body ?? {};
  // PREPARE inside another statement does not exist; the check keeps a wrong body from ever being linked.
  return str(body, 'name') === name ? new Map([...local.prepared, [name, body['query']]]) : local.prepared;
}

function forgotten(local: LocalNames, effect: Extract<Effect, { kind: 'deallocate' | 'closeCursor' }>): LocalNames {
  const keep = (name: string): boolean => effect.name !== undefined && name !== effect.name;
  if (effect.kind === 'deallocate')
    return { ...local, prepared: new Map([...local.prepared].filter(([name]) => keep(name))) };
  return { ...local, cursors: new Map([...local.cursors].filter(([name]) => keep(name))) };
}

function separately(kind: string): RefusedAnalysis {
  return new RefusedAnalysis({
    cause: 'unsupported',
    sqlstate: '0A000',
    message: `a statement after ${kind} in the same message is not supported`,
    detail: 'What its names mean depends on the outcome of the statement before it.',
    hint: 'send it as a separate statement',
  });
}
