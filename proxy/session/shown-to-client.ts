import type { AccessFacts } from '../../policy/access/facts.ts';
import { encodeErrorFields } from '../wire/backend-encode.ts';
import { decodeErrorFields } from '../wire/backend-messages.ts';
import type { ScanItem } from '../wire/backend-scanner.ts';
import { BACKEND } from '../wire/frames.ts';
import { hideErrorValues, hideNoticeValues } from '../wire/hide-values.ts';
import type { Expected } from './pipeline.ts';
import type { SessionState } from './session-state.ts';

/**
 * The bytes of upstream's message that the client gets: an error or notice without values of rows that this person may not
 * read; everything else as it is.
 * @param head what the message answers, or comes before the answer to
 */
export function shownToClient(
  session: SessionState,
  head: Expected | undefined,
  item: Extract<ScanItem, { kind: 'message' }>,
): Buffer {
  const { type, bytes, payload } = item;
  if (type !== BACKEND.errorResponse && type !== BACKEND.noticeResponse) return bytes;
  const why = hiddenBy(session, head);
  if (why === undefined) return bytes;
  const fields = decodeErrorFields(payload);
  const shown = type === BACKEND.errorResponse ? hideErrorValues(fields, why) : hideNoticeValues(fields, why);
  return shown === fields ? bytes : encodeErrorFields(type, shown);
}

function hiddenBy({ deps, written }: SessionState, head: Expected | undefined): string | undefined {
  const facts = factsOf(head);
  const own = facts === undefined ? undefined : deps.gate.hiddenBy(facts);
  return own ?? written.hiddenBy(deps.gate);
}

/** Parse and Describe read no rows. */
function factsOf(head: Expected | undefined): AccessFacts | undefined {
  switch (head?.kind) {
    case 'query':
    case 'functionCall':
    case 'execute':
      return head.execution.facts;
    case 'bind':
      return head.change.target === 'P' ? head.change.value?.facts : undefined;
    case 'parse':
    case 'close':
    case 'describe':
    case 'sync':
    case 'poison':
    case 'probe':
    case undefined:
      return undefined;
  }
}
