import type { Database } from 'better-sqlite3';
import SQLite from 'better-sqlite3';
import { existsSync } from 'node:fs';
import type { Head } from './chain.ts';
import { readHead } from './chain-head.ts';
import { factsTouching } from './facts-filter.ts';
import { checkVersion, SCHEMA_VERSION } from './migrations.ts';
import { AuditOpenError } from './open-error.ts';
import type { AuditRecord, CompletionRecord, EventRecord } from './record.ts';
import { recordReader } from './record.ts';
import type { Verification } from './verify.ts';
import { verifyChain } from './verify.ts';

/** Conditions that all must hold. `verdict` and `table` are about decisions: with them, events are left out. */
export type AuditFilter = {
  readonly person?: string;
  readonly verdict?: 'allow' | 'refuse' | 'hold';
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** `customers`, `public.customers` or `public.customers.ssn`: touched by the statement, also through a view. */
  readonly table?: string;
  readonly sessionId?: string;
  /** Ids above (below) this one. */
  readonly afterId?: number;
  readonly beforeId?: number;
};

export type AuditReader = {
  /** The last `count` rows, oldest first. */
  last(filter: AuditFilter, count: number): readonly AuditRecord[];
  /** The first `count` rows, oldest first; go on with `afterId`. */
  first(filter: AuditFilter, count: number): readonly AuditRecord[];
  get(id: number): AuditRecord | undefined;
  completion(decisionId: number): CompletionRecord | undefined;
  /** What became of a held (or refused) decision: the events of each challenge that it led to, oldest first. */
  eventsOfDecision(id: number): readonly EventRecord[];
  /** How a grant came and went. */
  eventsOfGrant(grantId: string): readonly EventRecord[];
  /** The decision that let a held statement go on (or not): the next one of the same session for the same text. */
  nextDecision(id: number): number | undefined;
  head(): Head;
  verify(anchor?: Head): Verification;
  close(): void;
};

/**
 * Opens a store for reading only, also while the proxy writes it.
 * @throws AuditOpenError
 */
export function openAuditReader(path: string): AuditReader {
  if (!existsSync(path)) {
    throw new AuditOpenError('missing', `there is no audit store at ${path} yet: it is made when stepward is started`);
  }
  try {
    return new SqliteAuditReader(openReadOnly(path));
  } catch (error) {
    if (error instanceof AuditOpenError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AuditOpenError('io', `cannot read the audit store ${path}: ${reason}`, error);
  }
}

function openReadOnly(path: string): Database {
  const db = new SQLite(path, { readonly: true, fileMustExist: true });
  try {
    const version = checkVersion(db);
    if (version === SCHEMA_VERSION) return db;
    throw new AuditOpenError('foreign', `${path} has not been set up yet: start stepward once`);
  } catch (error) {
    db.close();
    throw error;
  }
}

type Parameters = Readonly<Record<string, string | number | null>>;

class SqliteAuditReader implements AuditReader {
  readonly #db: Database;
  readonly #records: ReturnType<typeof recordReader>;

  constructor(db: Database) {
    this.#db = db;
    this.#records = recordReader(db);
  }

  last(filter: AuditFilter, count: number): readonly AuditRecord[] {
    return this.#select(filter, count, 'DESC').toReversed();
  }

  first(filter: AuditFilter, count: number): readonly AuditRecord[] {
    return this.#select(filter, count, 'ASC');
  }

  get(id: number): AuditRecord | undefined {
    return this.#records.decision(id) ?? this.#records.event(id);
  }

  completion(decisionId: number): CompletionRecord | undefined {
    return this.#records.completion(decisionId);
  }

  eventsOfDecision(id: number): readonly EventRecord[] {
    return this.#events(
      `id > $id AND data ->> 'challengeId' IN
        (SELECT data ->> 'challengeId' FROM event WHERE id > $id AND type = 'challenge.created' AND data ->> 'decisionId' = $id)`,
      { id },
    );
  }

  eventsOfGrant(grantId: string): readonly EventRecord[] {
    return this.#events(`type IN ('grant.created', 'grant.revoked') AND data ->> 'grantId' = $grantId`, { grantId });
  }

  nextDecision(id: number): number | undefined {
    const next = this.#db.prepare<[number], { id: number }>(
      `SELECT next.id FROM decision held JOIN decision next
        ON next.id > held.id AND next.subject = held.subject AND next.statement_text = held.statement_text
        WHERE held.id = ? ORDER BY next.id LIMIT 1`,
    );
    return next.get(id)?.id;
  }

  head(): Head {
    return readHead(this.#db);
  }

  verify(anchor?: Head): Verification {
    return verifyChain(this.#db, anchor);
  }

  close(): void {
    this.#db.close();
  }

  #events(where: string, parameters: Parameters): readonly EventRecord[] {
    const ids = this.#db.prepare<Parameters, { id: number }>(`SELECT id FROM event WHERE ${where} ORDER BY id`);
    return ids.all(parameters).flatMap(({ id }) => this.#records.event(id) ?? []);
  }

  /** The ids first, from the narrow tables alone; then each row with its bodies. One snapshot for all of it. */
  #select(filter: AuditFilter, count: number, order: 'ASC' | 'DESC'): readonly AuditRecord[] {
    return this.#db.transaction(() => {
      const { sql, parameters } = this.#query(filter, order);
      const rows = this.#db.prepare<Parameters, { id: number }>(sql).all({ ...parameters, count });
      return rows.flatMap(({ id }) => this.get(id) ?? []);
    })();
  }

  #query(filter: AuditFilter, order: 'ASC' | 'DESC'): { readonly sql: string; readonly parameters: Parameters } {
    const parameters = parametersOf(filter, this.#db);
    const common = conditions(filter);
    const ofDecisions = [
      ...common,
      ...(filter.verdict === undefined ? [] : ['verdict = $verdict']),
      ...(filter.table === undefined ? [] : ['facts IN (SELECT value FROM json_each($facts))']),
    ];
    const part = (table: string, where: readonly string[]) =>
      `SELECT id FROM (SELECT id FROM ${table} WHERE ${['1', ...where].join(' AND ')} ORDER BY id ${order} LIMIT $count)`;
    const parts = [part('decision', ofDecisions)];
    if (filter.verdict === undefined && filter.table === undefined) parts.push(part('event', common));
    return { sql: `${parts.join(' UNION ALL ')} ORDER BY id ${order} LIMIT $count`, parameters };
  }
}

function conditions(filter: AuditFilter): readonly string[] {
  const subjects = [
    ...(filter.person === undefined ? [] : [`body ->> 'principal' = $person`]),
    ...(filter.sessionId === undefined ? [] : [`body ->> 'sessionId' = $sessionId`]),
  ];
  return [
    ...(filter.afterId === undefined ? [] : ['id > $afterId']),
    ...(filter.beforeId === undefined ? [] : ['id < $beforeId']),
    ...(filter.sinceMs === undefined ? [] : ['at >= $sinceMs']),
    ...(filter.untilMs === undefined ? [] : ['at < $untilMs']),
    ...(subjects.length === 0 ? [] : [`subject IN (SELECT id FROM subject WHERE ${subjects.join(' AND ')})`]),
  ];
}

function parametersOf(filter: AuditFilter, db: Database): Parameters {
  const { table, ...direct } = filter;
  const given = Object.entries(direct).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(table !== undefined && { facts: JSON.stringify(factsTouching(db, table)) }),
  };
}
