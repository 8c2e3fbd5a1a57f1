import { createHash } from 'node:crypto';
import type { Namespace } from '../../policy/access/analyzer.ts';
import type { Access, Effect, TempRelation } from '../../policy/access/facts.ts';
import { tempIdentity, withTaint } from '../../policy/access/temp-taint.ts';
import type { TransactionStatus } from './phase.ts';
import { parseSearchPath } from './search-path.ts';

/** What the names of one session depend on, at one moment. Immutable: savepoints keep it. */
type Snapshot = {
  /** Setting texts at session level, by name: search_path, role, session_authorization. */
  readonly settings: ReadonlyMap<string, string>;
  /** Over them, until the transaction ends: SET LOCAL. */
  readonly local: ReadonlyMap<string, string>;
  readonly temps: readonly TempRelation[];
  /** Which DDL ran last and is not committed; 0: none. Never the same number twice. */
  readonly ddl: number;
};

export type InitialNamespace = { readonly searchPath: string; readonly user: string };

/** Read back from upstream. `temps`: names of everything in the session's temporary schema. */
export type ObservedNamespace = {
  readonly searchPath: string;
  readonly role: string;
  readonly temps: readonly string[];
};

const NO_SETTINGS: ReadonlyMap<string, string> = new Map();
const TRACKED = ['search_path', 'role', 'session_authorization'];

/** Judged as reading everything: nothing is known of what is in it. */
const UNKNOWN_SOURCE: Access = { action: 'opaque', resource: { kind: 'database' }, usage: 'output', spans: [] };

/**
 * search_path, role and temporary tables of one session, with PostgreSQL's transaction semantics.
 *
 * Attack otherwise: `SET search_path TO finance; SELECT 1/0` in one Query leaves the old path in force, so that
 * `customers` is judged as finance.customers and read as public.customers.
 */
export class NamespaceTracker {
  readonly #initial: InitialNamespace;
  #now: Snapshot;
  /** What a rollback goes back to. */
  #base: Snapshot;
  #savepoints: { readonly name: string; readonly snapshot: Snapshot }[] = [];
  #hasCommittedDdl = false;
  #ddlCount = 0;
  /** What the transaction has for itself, and after which DDL it was read. */
  #ownCatalog: { readonly id: string; readonly ddl: number } | undefined;
  #catalogCount = 0;
  #memo: { readonly snapshot: Snapshot; readonly namespace: Namespace } | undefined;

  constructor(initial: InitialNamespace) {
    this.#initial = initial;
    const settings = new Map([['search_path', initial.searchPath]]);
    this.#now = { settings, local: NO_SETTINGS, temps: [], ddl: 0 };
    this.#base = this.#now;
  }

  current(): Namespace {
    if (this.#memo?.snapshot !== this.#now) this.#memo = { snapshot: this.#now, namespace: this.#build() };
    return this.#memo.namespace;
  }

  get hasUncommittedDdl(): boolean {
    return this.#now.ddl > 0;
  }

  /** The catalog that is the open transaction's own, where it has one that tells of its latest DDL. */
  get catalogId(): string | undefined {
    return this.#ownCatalog?.ddl === this.#now.ddl ? this.#ownCatalog.id : undefined;
  }

  nextCatalogId(session: string): string {
    this.#catalogCount += 1;
    return `${session} ${this.#catalogCount}`;
  }

  /** @param id of one that was read just now; undefined: there is none any more */
  useCatalog(id: string | undefined): void {
    this.#ownCatalog = id === undefined ? undefined : { id, ddl: this.#now.ddl };
    this.#memo = undefined;
  }

  /** The end of the transaction may change what names mean. */
  get hasUncommittedChanges(): boolean {
    return this.#now !== this.#base || this.#now.local.size > 0;
  }

  get hasTemps(): boolean {
    return this.#now.temps.length > 0 || this.#base.temps.length > 0;
  }

  /** True once after DDL was committed. */
  takeCommittedDdl(): boolean {
    const had = this.#hasCommittedDdl;
    this.#hasCommittedDdl = false;
    return had;
  }

  /**
   * A statement with this effect has completed.
   * @param tag its command tag: COMMIT of a failed transaction says ROLLBACK
   */
  apply(effect: Effect, tag: string): void {
    switch (effect.kind) {
      case 'set':
        this.#set(effect.name.toLowerCase(), effect.value, effect.isLocal);
        return;
      case 'transaction':
        this.#transaction(effect, tag);
        return;
      case 'createTemp':
        this.#setTemps([...without(this.#now.temps, effect.relation.name), effect.relation]);
        return;
      case 'writeTemp':
        this.#setTemps(this.#now.temps.map((temp) => (temp.name === effect.name ? withTaint(temp, effect) : temp)));
        return;
      case 'dropTemp':
        this.#setTemps(without(this.#now.temps, effect.name));
        return;
      case 'discard':
        if (effect.what === 'all') this.#resetSettings();
        if (effect.what === 'all' || effect.what === 'temp') this.#setTemps([]);
        return;
      case 'ddl':
        this.#ddlCount += 1;
        this.#now = { ...this.#now, ddl: this.#ddlCount };
        return;
      case 'prepare':
      case 'executePrepared':
      case 'deallocate':
      case 'declareCursor':
      case 'fetchCursor':
      case 'closeCursor':
    }
  }

  /**
   * Upstream's ReadyForQuery.
   * @param isFailed an error was answered since the one before: the implicit transaction is undone
   */
  readyForQuery(status: TransactionStatus, isFailed: boolean): void {
    if (status !== 'I') return;
    if (isFailed) this.#rollback();
    else this.#commit();
  }

  /** ParameterStatus: the server's own word (PostgreSQL 18 reports search_path). */
  observeSearchPath(text: string): void {
    const expected = this.current().searchPath;
    const reported = parseSearchPath(text, this.current().role);
    if (reported && reported.join('\0') === expected.join('\0')) return;
    this.#set('search_path', text, false);
  }

  /** What was read back from upstream wins over what was simulated. */
  observe(seen: ObservedNamespace): void {
    if (seen.role !== this.current().role) this.#set('role', seen.role, false);
    this.observeSearchPath(seen.searchPath);
    const known = this.#now.temps.filter((temp) => seen.temps.includes(temp.name));
    const isKnown = (name: string): boolean => known.some((temp) => temp.name === name);
    const foreign = seen.temps.filter((name) => !isKnown(name)).map(unknownTemp);
    if (foreign.length > 0 || known.length < this.#now.temps.length) this.#setTemps([...known, ...foreign]);
  }

  #set(name: string, value: string | undefined, isLocal: boolean): void {
    if (name === 'all' && value === undefined) {
      this.#resetSettings();
      return;
    }
    if (!TRACKED.includes(name)) return;
    const text = value ?? this.#default(name);
    const local = new Map(this.#now.local);
    const settings = new Map(this.#now.settings);
    if (isLocal) local.set(name, text);
    else {
      // A plain SET takes the place of an earlier SET LOCAL of the same transaction.
      local.delete(name);
      settings.set(name, text);
    }
    // SET SESSION AUTHORIZATION also resets the role.
    if (name === 'session_authorization') (isLocal ? local : settings).set('role', 'none');
    this.#now = { ...this.#now, settings, local };
  }

  #default(name: string): string {
    return name === 'search_path' ? this.#initial.searchPath : 'none';
  }

  #resetSettings(): void {
    // RESET ALL and DISCARD ALL leave role and session_authorization: DISCARD ALL resets the latter by a SET of its own.
    this.#set('search_path', undefined, false);
  }

  #transaction(effect: Extract<Effect, { kind: 'transaction' }>, tag: string): void {
    const isRolledBack = tag === 'ROLLBACK';
    switch (effect.verb) {
      case 'begin':
        // BEGIN inside an implicit block takes what ran before it into the transaction: the base stays.
        return;
      case 'commit':
        if (isRolledBack) this.#rollback();
        else this.#commit();
        return;
      case 'rollback':
        this.#rollback();
        return;
      case 'savepoint':
        this.#savepoints.push({ name: effect.name ?? '', snapshot: this.#now });
        return;
      case 'release':
        this.#savepoints = this.#savepoints.slice(0, this.#indexOfSavepoint(effect.name));
        return;
      case 'rollbackTo':
        this.#rollbackTo(this.#indexOfSavepoint(effect.name));
    }
  }

  #indexOfSavepoint(name = ''): number {
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    return index < 0 ? this.#savepoints.length : index;
  }

  #rollbackTo(index: number): void {
    const savepoint = this.#savepoints[index];
    if (!savepoint) return;
    this.#now = savepoint.snapshot;
    this.#savepoints = this.#savepoints.slice(0, index + 1);
  }

  #commit(): void {
    if (this.#now.ddl > 0) this.#hasCommittedDdl = true;
    const isUnchanged = this.#now.local.size === 0 && this.#now.ddl === 0;
    this.#now = isUnchanged ? this.#now : { ...this.#now, local: NO_SETTINGS, ddl: 0 };
    this.#base = this.#now;
    this.#savepoints = [];
  }

  #rollback(): void {
    this.#now = this.#base;
    this.#savepoints = [];
  }

  #setTemps(temps: readonly TempRelation[]): void {
    this.#now = { ...this.#now, temps };
  }

  #setting(name: string): string | undefined {
    return this.#now.local.get(name) ?? this.#now.settings.get(name);
  }

  #role(): string {
    const names = [this.#setting('role'), this.#setting('session_authorization')];
    return names.find((name) => name !== undefined && name !== 'none') ?? this.#initial.user;
  }

  #build(): Namespace {
    const role = this.#role();
    const { temps } = this.#now;
    // A path that is no identifier list was never accepted by PostgreSQL; an empty one resolves nothing: fail closed.
    const searchPath = parseSearchPath(this.#setting('search_path') ?? '', role) ?? [];
    const { catalogId } = this;
    const own = catalogId === undefined ? {} : { catalogId };
    const key = JSON.stringify([searchPath, role, temps.length === 0 ? '' : digest(temps), catalogId]);
    return { searchPath, role, tempRelations: temps, ...own, key };
  }
}

function without(temps: readonly TempRelation[], name: string): readonly TempRelation[] {
  return temps.filter((temp) => temp.name !== name);
}

function unknownTemp(name: string): TempRelation {
  return { name, columns: [], sources: [UNKNOWN_SOURCE] };
}

function digest(temps: readonly TempRelation[]): string {
  return createHash('sha256')
    .update(JSON.stringify(temps.map(tempIdentity)))
    .digest('base64url');
}
