import { z } from 'zod';
import type { StateDb } from './state-db.ts';

export type AttemptLimits = {
  /** Wrong codes within the window before the lock-out. */
  readonly maxWrong: number;
  readonly windowMs: number;
  /** The first lock-out; each further one without a right code between is twice as long, up to `maxLockMs`. */
  readonly lockMs: number;
  readonly maxLockMs: number;
};

export const defaultAttemptLimits: AttemptLimits = {
  maxWrong: 5,
  windowMs: 5 * 60_000,
  lockMs: 5 * 60_000,
  maxLockMs: 60 * 60_000,
};

const personRow = z.object({ last_step: z.number(), locked_until_ms: z.number(), lockouts: z.number() });
type PersonRow = z.output<typeof personRow>;
const freshRow: PersonRow = { last_step: -1, locked_until_ms: 0, lockouts: 0 };

/**
 * What is remembered of a person's proofs: the last time step used, wrong codes, lock-outs. Everything is written before
 * it is answered, so that neither a restart nor a crash gives more tries. Six digits with one step of drift give a guess 3
 * chances in a million; doubling lock-outs keep that hopeless.
 * @see NIST SP 800-63B, section 5.2.2 (rate limiting)
 */
export type AttemptLimiter = {
  lastStep(person: string): number;
  /** When the person may try again, ms since the epoch; undefined when now. */
  lockedUntilMs(person: string): number | undefined;
  /** Counts a wrong code; the end of the lock-out that it caused, if it did. */
  wrong(person: string): number | undefined;
  /** Uses up the time step and forgets the wrong codes; false when another proof was faster. */
  right(person: string, step: number): boolean;
};

export function createAttemptLimiter(deps: {
  readonly db: StateDb;
  readonly nowMs: () => number;
  readonly limits: AttemptLimits;
}): AttemptLimiter {
  const { db, nowMs, limits } = deps;
  const select = db.prepare('SELECT last_step, locked_until_ms, lockouts FROM person_state WHERE person = ?');
  const count = db.prepare('SELECT count(*) FROM proof_failure WHERE person = ?').pluck();
  const insert = db.prepare('INSERT INTO proof_failure (person, at_ms) VALUES (?, ?)');
  const forget = db.prepare('DELETE FROM proof_failure WHERE person = ? AND at_ms <= ?');
  const clear = db.prepare('DELETE FROM proof_failure WHERE person = ?');
  const lock = db.prepare(
    `INSERT INTO person_state (person, locked_until_ms, lockouts) VALUES (@person, @until, 1)
     ON CONFLICT (person) DO UPDATE SET locked_until_ms = @until, lockouts = lockouts + 1`,
  );
  const accept = db.prepare(
    `INSERT INTO person_state (person, last_step) VALUES (@person, @step)
     ON CONFLICT (person) DO UPDATE SET last_step = @step, locked_until_ms = 0, lockouts = 0 WHERE last_step < @step`,
  );
  const rowOf = (person: string): PersonRow => {
    const row = select.get(person);
    return row === undefined ? freshRow : personRow.parse(row);
  };
  const wrong = db.transaction((person: string): number | undefined => {
    const now = nowMs();
    forget.run(person, now - limits.windowMs);
    insert.run(person, now);
    if (Number(count.get(person)) < limits.maxWrong) return undefined;
    const until = now + Math.min(limits.maxLockMs, limits.lockMs * 2 ** rowOf(person).lockouts);
    lock.run({ person, until });
    clear.run(person);
    return until;
  });
  const right = db.transaction((person: string, step: number): boolean => {
    if (accept.run({ person, step }).changes === 0) return false;
    clear.run(person);
    return true;
  });
  return {
    lastStep: (person) => rowOf(person).last_step,
    lockedUntilMs: (person) => {
      const until = rowOf(person).locked_until_ms;
      return until > nowMs() ? until : undefined;
    },
    wrong: (person) => wrong.immediate(person),
    right: (person, step) => right.immediate(person, step),
  };
}
