import type { DeniedAccess } from '../../policy/engine/decision.ts';
import type { HeldStatement } from '../stepup/stepup.ts';
import { PgError } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';
import { denialDetail, describeAccesses } from './denial.ts';
import type { HoldNotice } from './gate-contract.ts';

/** What the person reads in psql while the statement waits: what, why, code, where to confirm, time left. */
export function holdNotice(held: HeldStatement, denied: readonly DeniedAccess[], nowMs: number): HoldNotice {
  return {
    message: `held until you confirm that it is you: this statement wants to ${summary(denied)}`,
    detail: `${denialDetail(denied)} Code ${held.code}, ${duration(held.deadlineMs - nowMs)} left.`,
    hint: `Open ${held.url} or run: ${held.command}`,
  };
}

/** For clients that hide notices, and for transactions that must not be held: an immediate error, to be run again. */
export function confirmThenRetry(held: HeldStatement, denied: readonly DeniedAccess[], why: string): PgError {
  return new PgError({
    sqlstate: SQLSTATE.insufficientPrivilege,
    message: `a proof that it is you is needed to ${summary(denied)}`,
    detail: `${denialDetail(denied)}${why === '' ? '' : ` ${why}`} Confirm at ${held.url} (code ${held.code}).`,
    hint: `Run the statement again after confirming there, or with: ${held.command}`,
  });
}

function summary(denied: readonly DeniedAccess[]): string {
  return describeAccesses(denied.map(({ access }) => access));
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
