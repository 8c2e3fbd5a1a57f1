import { encodeErrorResponse, encodeReadyForQuery } from '../wire/backend-encode.ts';
import { encodeParse, encodeQuery } from '../wire/frontend-encode.ts';
import type { PgError } from '../wire/pg-error.ts';
import { endAtBoundary } from './ending.ts';
import type { JudgeRequest } from './gate-contract.ts';
import { dispatch, isSkipping, type SessionState } from './session-state.ts';
import { settle } from './settle.ts';

/** No statement of PostgreSQL's grammar: it fails before anything is looked up, also in a failed transaction. */
const POISON = 'stepward refused this statement';

export type RefuseOptions = {
  /** A failing Parse of the unnamed statement takes away the one that was there. */
  readonly takesUnnamed?: boolean;
};

/**
 * Answers a statement with an error so that upstream is left as if the error were PostgreSQL's own: an open transaction,
 * the implicit one of an extended batch included, is failed there too, and responses stay in order.
 * @throws SessionClosed
 */
export async function refuse(
  session: SessionState,
  protocol: JudgeRequest['protocol'],
  error: PgError,
  options: RefuseOptions = {},
): Promise<void> {
  await settle(session);
  // The batch failed before this statement: PostgreSQL would not have come to it.
  if (isSkipping(session)) return;
  if (error.severity === 'FATAL') {
    endAtBoundary(session, { kind: session.isDraining ? 'shutdown' : 'killed', error });
    return;
  }
  const hasOpenTransaction = session.status === 'T' || session.batch.hasExecuted;
  if (hasOpenTransaction || options.takesUnnamed === true) poison(session, protocol, error, options);
  else answer(session, protocol, error);
  if (protocol === 'extended') dispatch(session, { kind: 'batchFailed' });
}

function answer(session: SessionState, protocol: JudgeRequest['protocol'], error: PgError): void {
  session.output.together(() => {
    session.output.write(encodeErrorResponse(error));
    if (protocol !== 'extended') session.output.write(encodeReadyForQuery(session.status));
  });
}

/** Makes upstream fail; its error is replaced by ours when it comes. */
function poison(
  session: SessionState,
  protocol: JudgeRequest['protocol'],
  error: PgError,
  { takesUnnamed = false }: RefuseOptions,
): void {
  if (protocol === 'extended') {
    session.pipeline.push({ kind: 'poison', protocol: 'extended', error });
    session.batch.isOpen = true;
    session.link.send(encodeParse(takesUnnamed ? '' : 'stepward_refused', POISON));
  } else {
    session.pipeline.push({ kind: 'poison', protocol: 'simple', error });
    session.link.send(encodeQuery(POISON));
  }
  session.link.flush();
}
