import type { Analysis, AnalysisRefusal, Analyzer, Namespace } from '../../policy/access/analyzer.ts';
import type { AccessFacts, Effect, StatementFacts, TempRelation } from '../../policy/access/facts.ts';
import { withTaint } from '../../policy/access/temp-taint.ts';
import { parseSearchPath } from '../../policy/catalog/namespace-defaults.ts';
import type { CorpusRecord, WireStep } from './corpus.ts';

/** What became of one message: its facts, or why it would not be forwarded. */
export type Outcome =
  | { readonly kind: 'facts'; readonly text: string; readonly statements: readonly StatementFacts[] }
  | { readonly kind: 'refused'; readonly text: string; readonly refusal: AnalysisRefusal }
  /** Refused by the session or the gate, whatever the analysis: replication, another database, FunctionCall. */
  | { readonly kind: 'notForwarded'; readonly text: string };

const ROLE = 'analyst';
const DEFAULT_PATH = '"$user", public';

type Temp = TempRelation & { readonly dropOnCommit: boolean };
/** `localPath`: over the session's, until the transaction ends. */
type Names = { readonly path: string; readonly localPath?: string; readonly temps: readonly Temp[] };

/**
 * Follows a sequence as a session would, as far as names go: search_path, temporary tables, prepared statements, cursors.
 * Every statement is taken to succeed. A test double for the proxy's session, so that analysis can be judged without a wire.
 */
class SimulatedSession {
  readonly #analyzer: Analyzer;
  readonly #prepared = new Map<string, string>();
  readonly #cursors = new Map<string, readonly StatementFacts[]>();
  readonly #startPath: string;
  #names: Names;
  /** What a rollback goes back to: first the transaction's start, then its savepoints; empty outside of a transaction. */
  #saved: { readonly savepoint: string; readonly names: Names }[] = [];

  constructor(analyzer: Analyzer, path: string) {
    this.#analyzer = analyzer;
    this.#startPath = path;
    this.#names = { path, temps: [] };
  }

  prepare(name: string, text: string): void {
    this.#prepared.set(name, text);
  }

  async runPrepared(name: string): Promise<readonly Outcome[]> {
    const text = this.#prepared.get(name);
    return text === undefined ? [] : this.run(text);
  }

  async run(text: string): Promise<readonly Outcome[]> {
    const analysis: Analysis = await this.#analyzer.analyze(text, this.#namespace());
    if (analysis.kind === 'refused') return [{ kind: 'refused', text, refusal: analysis.refusal }];
    if (this.#isUntraceable(analysis.facts.statements)) return [{ kind: 'notForwarded', text }];
    const outcomes: Outcome[] = [{ kind: 'facts', text, statements: analysis.facts.statements }];
    for (const statement of analysis.facts.statements) {
      for (const effect of statement.effects) outcomes.push(...(await this.#apply(effect, text, analysis.facts)));
    }
    return outcomes;
  }

  /** As the session does: names behind the end of a transaction that earlier messages changed names in. */
  #isUntraceable(statements: readonly StatementFacts[]): boolean {
    if (this.#saved[0] === undefined || this.#saved[0].names === this.#names) return false;
    const end = statements.findIndex(({ effects }) =>
      effects.some(
        (effect) => effect.kind === 'transaction' && !['begin', 'savepoint', 'release'].includes(effect.verb),
      ),
    );
    return (
      end >= 0 && statements.slice(end + 1).some(({ accesses }) => accesses.some(({ action }) => action !== 'connect'))
    );
  }

  #namespace(): Namespace {
    const { temps } = this.#names;
    const path = this.#names.localPath ?? this.#names.path;
    const searchPath = parseSearchPath(path, ROLE);
    return { searchPath, role: ROLE, tempRelations: temps, key: JSON.stringify([searchPath, temps]) };
  }

  /** Gives what the effect runs in its turn: the prepared statement's or the cursor's own accesses. */
  async #apply(effect: Effect, text: string, facts: AccessFacts): Promise<readonly Outcome[]> {
    switch (effect.kind) {
      case 'set':
        if (effect.name.toLowerCase() === 'search_path') {
          this.#setPath(effect.value ?? this.#startPath, effect.isLocal);
        }
        return [];
      case 'transaction':
        this.#transaction(effect.verb, effect.name ?? '');
        return [];
      case 'prepare':
        this.prepare(effect.name, text.slice(effect.body.start, effect.body.end));
        return [];
      case 'executePrepared':
        return this.runPrepared(effect.name);
      case 'declareCursor':
        this.#cursors.set(effect.name, facts.statements);
        return [];
      case 'fetchCursor':
        return [{ kind: 'facts', text, statements: this.#cursors.get(effect.name) ?? [] }];
      case 'createTemp':
        this.#createTemp(effect.relation, effect.dropOnCommit === true);
        return [];
      case 'writeTemp':
        this.#setTemps(
          this.#names.temps.map((temp) =>
            temp.name === effect.name ? { ...withTaint(temp, effect), dropOnCommit: temp.dropOnCommit } : temp,
          ),
        );
        return [];
      case 'dropTemp':
        this.#setTemps(this.#without(effect.name));
        return [];
      case 'discard':
        if (effect.what === 'all' || effect.what === 'temp') this.#setTemps([]);
        if (effect.what === 'all') this.#setPath(this.#startPath);
        return [];
      case 'deallocate':
      case 'closeCursor':
      case 'ddl':
        return [];
    }
  }

  #transaction(verb: string, name: string): void {
    if (verb === 'begin') this.#saved = [{ savepoint: '', names: this.#names }];
    if (verb === 'savepoint') this.#saved.push({ savepoint: name, names: this.#names });
    if (verb === 'rollbackTo')
      this.#names = this.#saved.findLast((one) => one.savepoint === name)?.names ?? this.#names;
    if (verb === 'rollback') this.#names = this.#saved[0]?.names ?? this.#names;
    if (verb === 'commit') {
      const { path, temps } = this.#names;
      this.#names = { path, temps: temps.filter((temp) => !temp.dropOnCommit) };
    }
    if (verb === 'commit' || verb === 'rollback') this.#saved = [];
  }

  #createTemp(relation: TempRelation, dropOnCommit: boolean): void {
    // Outside of a transaction block the table is gone as soon as its own statement ends.
    if (dropOnCommit && this.#saved.length === 0) return;
    this.#setTemps([...this.#without(relation.name), { ...relation, dropOnCommit }]);
  }

  #setPath(path: string, isLocal = false): void {
    const { temps } = this.#names;
    // A plain SET takes the place of a SET LOCAL; outside of a transaction that one is over at once.
    if (!isLocal) this.#names = { path, temps };
    else if (this.#saved.length > 0) this.#names = { ...this.#names, localPath: path };
  }

  #setTemps(temps: readonly Temp[]): void {
    this.#names = { ...this.#names, temps };
  }

  #without(name: string): readonly Temp[] {
    return this.#names.temps.filter((temp) => temp.name !== name);
  }
}

/** Plays one record; gives an outcome for every message, and for what EXECUTE and FETCH run. */
export async function playRecord(record: CorpusRecord, analyzer: Analyzer): Promise<readonly Outcome[]> {
  const steps = record.wire ?? record.sequence.map((sql): WireStep => ({ op: 'q', sql }));
  const sessions = new Map<string, SimulatedSession>();
  const outcomes: Outcome[] = [];
  for (const step of steps) outcomes.push(...(await playStep(step, sessions, analyzer)));
  return outcomes;
}

async function playStep(
  step: WireStep,
  sessions: Map<string, SimulatedSession>,
  analyzer: Analyzer,
): Promise<readonly Outcome[]> {
  const connection = step.c ?? 'a';
  const session = sessions.get(connection) ?? new SimulatedSession(analyzer, DEFAULT_PATH);
  sessions.set(connection, session);
  switch (step.op) {
    case 'q':
    case 'ext':
      return runText(step, session);
    case 'P':
      session.prepare(step.name ?? '', step.sql ?? '');
      return [];
    case 'B':
      return session.runPrepared(step.name ?? '');
    case 'fcall':
      return [{ kind: 'notForwarded', text: 'FunctionCall' }];
    case 'connect':
      return connect(step, connection, sessions, analyzer);
    case 'E': // judged at Bind here: nothing can change in between without a message of its own
    case 'S':
    case 'C':
    case 'D':
    case 'H':
    case 'close':
    case 'drain':
      return [];
    default:
      throw new Error(`unknown wire step "${step.op}"`);
  }
}

async function runText(step: WireStep, session: SimulatedSession): Promise<readonly Outcome[]> {
  if (step.b64 === undefined) return session.run(step.sql ?? '');
  try {
    return await session.run(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(step.b64, 'base64')));
  } catch {
    return [{ kind: 'notForwarded', text: 'bytes that are not UTF-8' }];
  }
}

function connect(
  step: WireStep,
  connection: string,
  sessions: Map<string, SimulatedSession>,
  analyzer: Analyzer,
): readonly Outcome[] {
  const parameters = JSON.stringify(step.params ?? {});
  const isRefused = step.db !== undefined || /replication|"client_encoding":"(?!UTF8)/.test(parameters);
  const path = /search_path(?:=|":")([^"\s]+)/.exec(parameters)?.[1] ?? DEFAULT_PATH;
  sessions.set(connection, new SimulatedSession(analyzer, path));
  return isRefused ? [{ kind: 'notForwarded', text: `start-up ${parameters}` }] : [];
}
