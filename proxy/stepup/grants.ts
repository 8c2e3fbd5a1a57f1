import type { Access } from '../../policy/access/facts.ts';
import type { Assurance, Principal } from '../../policy/engine/decision.ts';
import type { Coverage } from './coverage.ts';
import { accessKey, coverageOf } from './coverage.ts';
import type { Grant } from './grant.ts';
import type { GrantTable } from './grant-table.ts';
import { createGrantTable } from './grant-table.ts';
import type { StepUpLog } from './log.ts';
import type { StateDb } from './state-db.ts';
import type { StepUpAudit } from './step-up-audit.ts';
import type { Timers } from './timers.ts';

type LiveGrant = {
  readonly grant: Grant;
  readonly coverage: Coverage;
  readonly answer: { readonly id: string; readonly assurance: Assurance };
};

export type GrantsDeps = {
  readonly db: StateDb;
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly audit: StepUpAudit;
  readonly log: StepUpLog;
};

/** The live grants: in memory for the hot path, in state.db so that a restart asks nobody again. */
export class Grants {
  readonly #deps: GrantsDeps;
  readonly #table: GrantTable;
  readonly #byPerson = new Map<string, LiveGrant[]>();
  readonly #keys = new WeakMap<Access, string>();
  readonly #listeners = new Set<(grantId: string) => void>();
  #version = 0;
  #cancelExpiry: () => void = () => {};

  constructor(deps: GrantsDeps) {
    this.#deps = deps;
    this.#table = createGrantTable(deps.db, deps.log);
    this.#table.prune(deps.nowMs());
    for (const grant of this.#table.all()) if (this.#isLive(grant)) this.#remember(grant);
    this.#scheduleExpiry();
  }

  /** Grows whenever an answer of grantFor() may have changed. */
  get version(): number {
    return this.#version;
  }

  /** @throws Error when state.db cannot be written; then there is no grant */
  add(grant: Grant): void {
    this.#table.insert(grant);
    this.#remember(grant);
    this.#version += 1;
    this.#scheduleExpiry();
  }

  /** See StepUp.grantFor: the highest level, and of these the freshest proof. */
  grantFor(principal: Principal, address: string, access: Access): LiveGrant['answer'] | undefined {
    const live = this.#byPerson.get(principal.id);
    if (live === undefined) return undefined;
    const key = this.#keyOf(access);
    const now = this.#deps.nowMs();
    let best: LiveGrant | undefined;
    for (const candidate of live) {
      // The clock is asked here too: a late timer must not lengthen a grant. INVARIANT 6
      if (candidate.grant.expiresAtMs <= now || candidate.grant.address !== address) continue;
      if (candidate.coverage.has(key) && (best === undefined || isBetter(candidate.grant, best.grant)))
        best = candidate;
    }
    return best?.answer;
  }

  /** Live grants, newest first; with `includeEnded` also the expired and revoked ones of the last seven days. */
  list(options: { readonly includeEnded?: boolean } = {}): readonly Grant[] {
    if (options.includeEnded === true) return this.#table.all();
    const live = [...this.#byPerson.values()].flat().map(({ grant }) => grant);
    return live.filter((grant) => this.#isLive(grant)).sort((a, b) => b.provedAtMs - a.provedAtMs);
  }

  /**
   * Ends a live grant now: what runs under it is told through onRevoke. It holds in memory even when it cannot be
   * written, and then the log says that a restart would bring the grant back.
   * @returns false when there is no live grant of this id
   */
  revoke(id: string, by: string): boolean {
    const live = [...this.#byPerson.values()].flat().find(({ grant }) => grant.id === id);
    if (live === undefined || !this.#isLive(live.grant)) return false;
    this.#forget((grant) => grant.id === id);
    this.#writeRevocation(live.grant);
    this.#deps.audit.note({
      type: 'grant.revoked',
      subject: { principal: live.grant.person, address: live.grant.address },
      data: { grantId: id, challengeId: live.grant.challengeId, by },
    });
    for (const listener of this.#listeners) listener(id);
    return true;
  }

  /** Calls `listener` with the id of each grant that is revoked; returns what ends that. */
  onRevoke(listener: (grantId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#cancelExpiry();
    this.#listeners.clear();
  }

  #writeRevocation(grant: Grant): void {
    try {
      this.#table.revoke(grant.id, this.#deps.nowMs());
    } catch (error) {
      this.#deps.log.error(
        { err: error, grantId: grant.id },
        'revocation not stored: a restart would revive the grant',
      );
    }
  }

  #remember(grant: Grant): void {
    const assurance = { methods: grant.methods, aal: grant.aal, provedAtMs: grant.provedAtMs };
    const entry = { grant, coverage: coverageOf(grant.covers), answer: { id: grant.id, assurance } };
    const live = this.#byPerson.get(grant.person);
    if (live === undefined) this.#byPerson.set(grant.person, [entry]);
    else live.push(entry);
  }

  #forget(isOver: (grant: Grant) => boolean): void {
    for (const [person, live] of this.#byPerson) {
      const rest = live.filter(({ grant }) => !isOver(grant));
      if (rest.length === live.length) continue;
      if (rest.length === 0) this.#byPerson.delete(person);
      else this.#byPerson.set(person, rest);
      this.#version += 1;
    }
    this.#scheduleExpiry();
  }

  #scheduleExpiry(): void {
    this.#cancelExpiry();
    const ends = [...this.#byPerson.values()].flat().map(({ grant }) => grant.expiresAtMs);
    if (ends.length === 0) return;
    const delayMs = Math.max(0, Math.min(...ends) - this.#deps.nowMs());
    this.#cancelExpiry = this.#deps.timers.after(delayMs, () => this.#forget((grant) => !this.#isLive(grant)));
  }

  #isLive(grant: Grant): boolean {
    return grant.revokedAtMs === undefined && grant.expiresAtMs > this.#deps.nowMs();
  }

  #keyOf(access: Access): string {
    const known = this.#keys.get(access);
    if (known !== undefined) return known;
    const key = accessKey(access);
    this.#keys.set(access, key);
    return key;
  }
}

function isBetter(a: Grant, b: Grant): boolean {
  return a.aal > b.aal || (a.aal === b.aal && a.provedAtMs > b.provedAtMs);
}
