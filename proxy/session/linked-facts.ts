import type { Analysis, Namespace } from '../../policy/access/analyzer.ts';
import type { Access, AccessFacts, Effect, StatementFacts } from '../../policy/access/facts.ts';
import { cursorDoesNotExist, notSupported, preparedStatementDoesNotExist } from '../wire/pg-error.ts';
import { analysisError } from './analysis-error.ts';
import { linkedValues } from './linked-values.ts';
import type { JudgeRequest } from './gate-contract.ts';

/** EXECUTE of a statement that EXECUTEs ...: PostgreSQL cannot nest them deeply either. */
const MAX_DEPTH = 8;

type Analyse = (text: string, namespace: Namespace) => Promise<Analysis>;

/** Names that earlier statements of the same message made. */
type Made = { readonly prepared: Map<string, string>; readonly cursors: Map<string, readonly StatementFacts[]> };

/**
 * Merges into each EXECUTE what its prepared statement does, and into each FETCH what its cursor reads, because that is
 * what would happen now, whatever was decided when they were made. INVARIANT 6.
 * @returns the same object where nothing is linked, so that it stays the key of caches
 * @throws PgError 26000 or 34000 for a name nobody made, 0A000 for effects that the session could not follow
 */
export async function linkFacts(
  facts: AccessFacts,
  request: Pick<JudgeRequest, 'text' | 'namespace' | 'prepared' | 'cursor'>,
  analyse: Analyse,
  depth = 0,
): Promise<AccessFacts> {
  if (!isLinked(facts)) return facts;
  if (depth > MAX_DEPTH) throw notSupported('such deep nesting of prepared statements');
  const made: Made = { prepared: new Map(), cursors: new Map() };
  const statements: StatementFacts[] = [];
  for (const statement of facts.statements) {
    remember(statement, request.text, made);
    const linked: StatementFacts[] = [];
    for (const effect of statement.effects) linked.push(...(await linkedBy(effect, request, made, analyse, depth)));
    statements.push(merge(statement, linked));
  }
  return { statements };
}

/** True where what it does is to be found under a name. */
export function isLinked(facts: AccessFacts): boolean {
  return facts.statements.some(({ effects }) => effects.some(isLink));
}

function isLink(effect: Effect): boolean {
  return effect.kind === 'executePrepared' || effect.kind === 'fetchCursor';
}

function remember(statement: StatementFacts, text: string, made: Made): void {
  for (const effect of statement.effects) {
    if (effect.kind === 'prepare') made.prepared.set(effect.name, text.slice(effect.body.start, effect.body.end));
    if (effect.kind === 'declareCursor') made.cursors.set(effect.name, [statement]);
  }
}

async function linkedBy(
  effect: Effect,
  request: Pick<JudgeRequest, 'namespace' | 'prepared' | 'cursor'>,
  made: Made,
  analyse: Analyse,
  depth: number,
): Promise<readonly StatementFacts[]> {
  if (effect.kind === 'fetchCursor') {
    const cursor = made.cursors.get(effect.name) ?? request.cursor(effect.name);
    if (cursor === undefined) throw cursorDoesNotExist(effect.name);
    return cursor;
  }
  if (effect.kind !== 'executePrepared') return [];
  const text = made.prepared.get(effect.name) ?? request.prepared(effect.name);
  if (text === undefined) throw preparedStatementDoesNotExist(effect.name);
  const analysis = await analyse(text, request.namespace);
  if (analysis.kind === 'refused') throw analysisError(analysis.refusal, { position: false });
  const facts = await linkFacts(analysis.facts, { ...request, text }, analyse, depth + 1);
  refuseUntraceable(facts.statements);
  return facts.statements;
}

function refuseUntraceable(statements: readonly StatementFacts[]): void {
  const traceable: readonly Effect['kind'][] = ['writeTemp', 'ddl', 'executePrepared'];
  const other = statements.flatMap(({ effects }) => effects).find(({ kind }) => !traceable.includes(kind));
  if (other !== undefined) {
    throw notSupported('EXECUTE of a prepared statement that changes the session', 'run the statement itself');
  }
}

function printedRows(statements: readonly StatementFacts[]): Pick<StatementFacts, 'printedRows'> {
  const rows = statements.flatMap((one) => one.printedRows ?? []);
  return rows.length === 0 ? {} : { printedRows: rows };
}

function merge(statement: StatementFacts, linked: readonly StatementFacts[]): StatementFacts {
  if (linked.length === 0) return statement;
  // Their places are in another text: the EXECUTE or FETCH is what can be pointed at here.
  const here = [statement.span];
  const accesses: readonly Access[] = linked.flatMap((other) =>
    other.accesses.map((access) => ({ ...access, via: access.via ?? 'prepared', spans: here })),
  );
  return {
    ...statement,
    accesses: [...statement.accesses.filter(({ action }) => action !== 'connect'), ...accesses],
    opaque: [...statement.opaque, ...linked.flatMap(({ opaque }) => opaque.map(({ what }) => ({ what, spans: here })))],
    effects: [
      ...statement.effects,
      ...linked.flatMap(({ effects }) => effects.filter(({ kind }) => kind === 'writeTemp' || kind === 'ddl')),
    ],
    ...printedRows([statement, ...linked]),
    ...linkedValues(statement, linked),
    isReadOnly: statement.isReadOnly && linked.every(({ isReadOnly }) => isReadOnly),
  };
}
