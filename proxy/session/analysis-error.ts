import type { AnalysisRefusal } from '../../policy/access/analyzer.ts';
import { PgError } from '../wire/pg-error.ts';

/**
 * What the client is told of a text that has no facts. The refusal's own texts are safe to show.
 * @param options.position false where the place is in another text than the client just sent
 */
export function analysisError(
  refusal: AnalysisRefusal,
  options: { readonly position: boolean } = { position: true },
): PgError {
  return new PgError({
    sqlstate: refusal.sqlstate,
    message: refusal.message,
    detail: refusal.detail,
    hint: refusal.hint,
    ...(options.position && { position: refusal.position }),
  });
}
