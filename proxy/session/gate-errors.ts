import { internalError, PgError, type PgErrorFields } from '../wire/pg-error.ts';
import type { GateDeps } from './gate-deps.ts';

/** INVARIANT 5: what is no error for clients becomes an internal one, with the cause in the log. */
export function clientError(error: unknown, deps: GateDeps): PgError {
  return error instanceof PgError ? error : internalError(deps.incident(error));
}

/** INVARIANT 4: a policy that errors is no policy that is skipped. The cause is for the log, not for the client. */
export function evaluationFailed(
  errors: readonly { readonly policy: string; readonly message: string }[],
  deps: GateDeps,
): PgError {
  return internalError(
    deps.incident(new Error(errors.map(({ policy, message }) => `${policy}: ${message}`).join('; '))),
  );
}

/** The same error with other fields; the cause stays behind. */
export function changed(error: PgError, changes: Partial<PgErrorFields>): PgError {
  const { severity, sqlstate, message, detail, hint, position } = error;
  return new PgError({ severity, sqlstate, message, detail, hint, position, ...changes });
}
