import type { Namespace } from '../../policy/access/analyzer.ts';
import type { AccessFacts, Effect, StatementFacts } from '../../policy/access/facts.ts';
import { nameKey } from './names-key.ts';

export type PreparedStatement = {
  readonly text: string;
  /** What Parse or PREPARE found; judged anew at each Bind. */
  readonly facts: AccessFacts;
  /** As Parse declared them; SQL's PREPARE has none of a type with code. */
  readonly parameterTypeOids?: readonly number[];
};

export type Portal = {
  /** The text to judge at Execute: of the bound statement, or of the DECLARE. */
  readonly text: string;
  readonly facts: AccessFacts;
  /** When its names were resolved: at Bind. */
  readonly namespace: Namespace;
  readonly isHoldable: boolean;
  readonly parameterTypeOids?: readonly number[];
};

/** A protocol-level definition or removal (`value` undefined) that upstream has not confirmed yet. */
export type NameChange =
  | {
      readonly target: 'S';
      readonly name: string;
      readonly batch: number;
      readonly value: PreparedStatement | undefined;
    }
  | { readonly target: 'P'; readonly name: string; readonly batch: number; readonly value: Portal | undefined };

/** `unsettled`: the latest definition is in an earlier batch that may yet fail; wait for its answer. */
export type Lookup<Value> =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unsettled' };

/**
 * Prepared statements and portals of one session. SQL PREPARE and Parse share one namespace, DECLARE and Bind another.
 *
 * Confirmed by upstream's answers, never by what was sent. Within the batch that is being sent a pending definition
 * counts, because everything behind a failure is skipped up to Sync. Across batches it does not. Attack otherwise: Parse
 * "s" fails as a duplicate in batch 1, Bind "s" in batch 2 runs the old text.
 */
export class SessionNames {
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #portals = new Map<string, Portal>();
  /** Key: target and name. In order of sending. */
  readonly #pending = new Map<string, NameChange[]>();
  #pendingCount = 0;
  #textLength = 0;

  /** Characters of all confirmed statement texts. */
  get textLength(): number {
    return this.#textLength;
  }

  get hasPending(): boolean {
    return this.#pendingCount > 0;
  }

  statement(name: string, batch: number): Lookup<PreparedStatement> {
    const change = this.#pending.get(`S${nameKey(name)}`)?.at(-1);
    if (!change) return lookup(this.#statements.get(nameKey(name)));
    if (change.batch !== batch) return { kind: 'unsettled' };
    return change.target === 'S' ? lookup(change.value) : { kind: 'unknown' };
  }

  portal(name: string, batch: number): Lookup<Portal> {
    const change = this.#pending.get(`P${nameKey(name)}`)?.at(-1);
    if (!change) return lookup(this.#portals.get(nameKey(name)));
    if (change.batch !== batch) return { kind: 'unsettled' };
    return change.target === 'P' ? lookup(change.value) : { kind: 'unknown' };
  }

  /** The message was sent; `confirm` or `drop` follows for each, in the order of sending. */
  expect(change: NameChange): void {
    const key = changeKey(change);
    const changes = this.#pending.get(key) ?? [];
    changes.push(change);
    this.#pending.set(key, changes);
    this.#pendingCount += 1;
  }

  confirm(change: NameChange): void {
    this.drop(change);
    if (change.target === 'S') this.#setStatement(change.name, change.value);
    else this.#setPortal(change.name, change.value);
  }

  /** Upstream refused or skipped it. */
  drop(change: NameChange): void {
    const key = changeKey(change);
    const changes = this.#pending.get(key);
    const index = changes?.indexOf(change) ?? -1;
    if (!changes || index < 0) return;
    changes.splice(index, 1);
    this.#pendingCount -= 1;
    if (changes.length === 0) this.#pending.delete(key);
  }

  /** A Parse of the unnamed statement was refused: the old one is gone too, as in PostgreSQL. */
  forgetUnnamed(): void {
    this.#setStatement('', undefined);
  }

  /**
   * What a completed SQL statement does to the names.
   * @param text the message that carried it
   */
  apply(effect: Effect, statement: StatementFacts, text: string, namespace: Namespace): void {
    switch (effect.kind) {
      case 'prepare':
        this.#setStatement(effect.name, {
          text: text.slice(effect.body.start, effect.body.end),
          facts: { statements: [] },
        });
        return;
      case 'deallocate':
        if (effect.name === undefined) this.#clearStatements();
        else this.#setStatement(effect.name, undefined);
        return;
      case 'declareCursor':
        this.#setPortal(effect.name, declaredPortal(statement, text, namespace));
        return;
      case 'closeCursor':
        if (effect.name === undefined) this.#portals.clear();
        else this.#setPortal(effect.name, undefined);
        return;
      case 'discard':
        if (effect.what !== 'all') return;
        this.#clearStatements();
        this.#portals.clear();
        return;
      case 'set':
      case 'transaction':
      case 'executePrepared':
      case 'fetchCursor':
      case 'createTemp':
      case 'writeTemp':
      case 'dropTemp':
      case 'ddl':
    }
  }

  /** Portals die with their transaction; cursors WITH HOLD do not. Prepared statements survive even a rollback. */
  endTransaction(): void {
    for (const [key, portal] of this.#portals) if (!portal.isHoldable) this.#portals.delete(key);
  }

  #setStatement(name: string, value: PreparedStatement | undefined): void {
    const key = nameKey(name);
    this.#textLength += (value?.text.length ?? 0) - (this.#statements.get(key)?.text.length ?? 0);
    if (value) this.#statements.set(key, value);
    else this.#statements.delete(key);
  }

  #setPortal(name: string, value: Portal | undefined): void {
    if (value) this.#portals.set(nameKey(name), value);
    else this.#portals.delete(nameKey(name));
  }

  /** DEALLOCATE ALL and DISCARD ALL leave the unnamed statement, which PostgreSQL keeps apart. */
  #clearStatements(): void {
    const unnamed = this.#statements.get('');
    this.#statements.clear();
    this.#textLength = 0;
    if (unnamed) this.#setStatement('', unnamed);
  }
}

/** What FETCH and Execute of the cursor read: the query's accesses, without the effects that DECLARE itself had. */
function declaredPortal(statement: StatementFacts, text: string, namespace: Namespace): Portal {
  const query: StatementFacts = { ...statement, kind: 'SELECT', effects: [] };
  const words = text.slice(statement.span.start, statement.span.end);
  // Too often is harmless: a portal that is known for too long is judged for nothing, upstream says that it is gone.
  const isHoldable = /\bhold\b/i.test(words);
  return { text, facts: { statements: [query] }, namespace, isHoldable };
}

function changeKey(change: NameChange): string {
  return `${change.target}${nameKey(change.name)}`;
}

function lookup<Value>(value: Value | undefined): Lookup<Value> {
  return value === undefined ? { kind: 'unknown' } : { kind: 'known', value };
}
