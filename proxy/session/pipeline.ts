import { decodeCommandTag, decodeErrorFields, decodeReadyForQuery } from '../wire/backend-messages.ts';
import { BACKEND } from '../wire/frames.ts';
import { type PgError, upstreamViolation } from '../wire/pg-error.ts';
import type { Execution } from './execution.ts';
import type { NameChange } from './names.ts';
import type { TransactionStatus } from './phase.ts';

/** A message that went upstream and is not answered yet. */
export type Expected =
  | { readonly kind: 'query'; readonly execution: Execution }
  | { readonly kind: 'functionCall'; readonly execution: Execution }
  | { readonly kind: 'parse'; readonly change: NameChange }
  | { readonly kind: 'bind'; readonly change: NameChange }
  | { readonly kind: 'close'; readonly change: NameChange }
  | { readonly kind: 'describe' }
  | { readonly kind: 'execute'; readonly execution: Execution }
  /** `isOwn`: sent by us, so that its ReadyForQuery is not for the client. */
  | { readonly kind: 'sync'; readonly isOwn: boolean }
  /** Sent to make upstream fail as PostgreSQL would have: its error is replaced by ours. */
  | { readonly kind: 'poison'; readonly protocol: 'simple' | 'extended'; readonly error: PgError }
  /** A question of ours, in five messages; nothing of its answer reaches the client. */
  | { readonly kind: 'probe'; readonly probe: Probe };

/** `closesLeft`: the second CloseComplete ends the answer. `rows`: DataRows as they came, which may be in pieces. */
export type Probe = {
  closesLeft: number;
  readonly rows: Buffer[];
  readonly maxPieces: number;
  state: 'asked' | 'answered' | 'failed';
};

export type PipelineEvent =
  | { readonly kind: 'confirmed'; readonly change: NameChange }
  | { readonly kind: 'dropped'; readonly change: NameChange }
  | { readonly kind: 'statementDone'; readonly execution: Execution; readonly index: number; readonly tag: string }
  | { readonly kind: 'ended'; readonly execution: Execution }
  | { readonly kind: 'copyIn' }
  /** `needsSync`: the client has not sent the Sync that ends the batch. */
  | { readonly kind: 'failed'; readonly isFatal: boolean; readonly needsSync: boolean }
  | { readonly kind: 'ready'; readonly status: TransactionStatus; readonly isFailed: boolean };

/** What to send to the client instead of the message itself. */
export type Relay =
  | { readonly kind: 'pass' }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'replace'; readonly error: PgError };
export type Reaction = { readonly relay: Relay; readonly events: readonly PipelineEvent[] };

const PASS: Relay = { kind: 'pass' };
const SWALLOW: Relay = { kind: 'swallow' };
const NOTHING: Reaction = { relay: PASS, events: [] };

/**
 * Matches upstream's answers to the messages that were sent. Holds no bytes and does no I/O.
 *
 * After an error in an extended batch upstream skips everything up to Sync, so everything up to Sync is dropped here.
 * @see PostgreSQL manual, "Message Flow", "Pipelining"
 */
export class Pipeline {
  #queue: Expected[] = [];
  // Counted, not looked for: they are asked about with each message, and the queue may be thousands of messages long.
  #moving = 0;
  #writing = 0;
  #isFailed = false;

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  get length(): number {
    return this.#queue.length;
  }

  get head(): Expected | undefined {
    return this.#queue[0];
  }

  push(expected: Expected): void {
    this.#queue.push(expected);
    this.#count(expected, 1);
  }

  /** Something in it may change what names mean. */
  get isMovingNames(): boolean {
    return this.#moving > 0;
  }

  get isWriting(): boolean {
    return this.#writing > 0;
  }

  /** Upstream does something for the client: a cancel would not hit a question of ours. */
  get isServingClient(): boolean {
    if (this.#queue.some(({ kind }) => kind === 'probe')) return false;
    return this.#queue.some((expected) => expected.kind !== 'poison' && !(expected.kind === 'sync' && expected.isOwn));
  }

  /** The execution that upstream is answering or will answer next. */
  get running(): Execution | undefined {
    for (const expected of this.#queue) if ('execution' in expected) return expected.execution;
    return undefined;
  }

  /** Upstream is gone: what was waiting for it. */
  abandon(): readonly Expected[] {
    const abandoned = this.#queue;
    this.#queue = [];
    this.#moving = 0;
    this.#writing = 0;
    return abandoned;
  }

  /** @throws PgError 08006 when the message answers nothing that was sent */
  onMessage(type: number, payload: Buffer): Reaction {
    switch (type) {
      case BACKEND.parseComplete:
        return this.#confirm('parse');
      case BACKEND.bindComplete:
        return this.#confirm('bind');
      case BACKEND.closeComplete:
        return this.#closeComplete();
      case BACKEND.rowDescription:
      case BACKEND.noData:
        return this.#described();
      case BACKEND.commandComplete:
        return this.#commandComplete(decodeCommandTag(payload));
      case BACKEND.emptyQueryResponse:
      case BACKEND.portalSuspended:
        return this.#executeEnded();
      case BACKEND.copyInResponse:
        return this.#copyBegins([{ kind: 'copyIn' }]);
      case BACKEND.copyOutResponse:
        return this.#copyBegins([]);
      case BACKEND.errorResponse:
        return this.#error(decodeErrorFields(payload));
      case BACKEND.readyForQuery:
        return this.#ready(decodeReadyForQuery(payload));
      case BACKEND.copyBothResponse:
      case BACKEND.authentication:
      case BACKEND.backendKeyData:
      case BACKEND.negotiateProtocolVersion:
        throw upstreamViolation('sent a message out of order');
      default:
        return { relay: this.head?.kind === 'probe' && isAnswer(type) ? SWALLOW : PASS, events: [] };
    }
  }

  #takeHead(): Expected | undefined {
    const head = this.#queue.shift();
    if (head) this.#count(head, -1);
    return head;
  }

  #count(expected: Expected, by: 1 | -1): void {
    if (!('execution' in expected)) return;
    if (expected.execution.movesNames) this.#moving += by;
    if (expected.execution.isWriting) this.#writing += by;
  }

  #confirm(kind: 'parse' | 'bind'): Reaction {
    const head = this.head;
    if (head?.kind === 'probe') return { relay: SWALLOW, events: [] };
    if (head?.kind !== kind) throw upstreamViolation('answered out of order');
    this.#takeHead();
    return { relay: PASS, events: [{ kind: 'confirmed', change: head.change }] };
  }

  #closeComplete(): Reaction {
    const head = this.head;
    if (head?.kind === 'probe') return this.#probeCloses(head.probe);
    if (head?.kind !== 'close') throw upstreamViolation('answered out of order');
    this.#takeHead();
    return { relay: PASS, events: [{ kind: 'confirmed', change: head.change }] };
  }

  #probeCloses(probe: Probe): Reaction {
    probe.closesLeft -= 1;
    if (probe.closesLeft === 0) {
      this.#takeHead();
      probe.state = 'answered';
    }
    return { relay: SWALLOW, events: [] };
  }

  #described(): Reaction {
    const head = this.head;
    if (head?.kind === 'describe') this.#takeHead();
    return NOTHING;
  }

  #commandComplete(tag: string): Reaction {
    const head = this.head;
    if (head?.kind === 'probe') return { relay: SWALLOW, events: [] };
    if (head?.kind !== 'query' && head?.kind !== 'execute') throw upstreamViolation('answered out of order');
    const { execution } = head;
    const index = execution.statementsDone;
    execution.statementsDone += 1;
    execution.hasBegun = true;
    const done: PipelineEvent = { kind: 'statementDone', execution, index, tag };
    if (head.kind === 'query') return { relay: PASS, events: [done] };
    this.#takeHead();
    return { relay: PASS, events: [done, { kind: 'ended', execution }] };
  }

  /** EmptyQueryResponse, PortalSuspended. */
  #executeEnded(): Reaction {
    const head = this.head;
    if (head?.kind === 'query') return NOTHING;
    if (head?.kind !== 'execute') throw upstreamViolation('answered out of order');
    this.#takeHead();
    head.execution.hasBegun = true;
    return { relay: PASS, events: [{ kind: 'ended', execution: head.execution }] };
  }

  #copyBegins(events: readonly PipelineEvent[]): Reaction {
    const head = this.head;
    if (head?.kind !== 'query' && head?.kind !== 'execute') throw upstreamViolation('answered out of order');
    head.execution.hasBegun = true;
    return { relay: PASS, events };
  }

  #error(fields: ReadonlyMap<string, string>): Reaction {
    const sqlstate = fields.get('C') ?? 'XX000';
    const severity = fields.get('V') ?? fields.get('S') ?? 'ERROR';
    const isFatal = severity === 'FATAL' || severity === 'PANIC';
    if (isFatal) return { relay: PASS, events: [{ kind: 'failed', isFatal, needsSync: false }] };
    this.#isFailed = true;
    const head = this.head;
    if (!head) return NOTHING;
    const relay = relayOfError(head);
    if (head.kind === 'query' || head.kind === 'functionCall') {
      head.execution.sqlstate = sqlstate;
      head.execution.hasBegun = true;
    }
    if (answersWithReady(head)) return { relay, events: [{ kind: 'failed', isFatal, needsSync: false }] };
    return { relay, events: this.#skipToSync(sqlstate) };
  }

  #skipToSync(sqlstate: string): readonly PipelineEvent[] {
    const end = this.#queue.findIndex(answersWithReady);
    const skipped = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
    for (const expected of skipped) this.#count(expected, -1);
    const events = skipped.flatMap((expected): PipelineEvent[] => {
      if (expected.kind === 'probe') expected.probe.state = 'failed';
      if ('change' in expected) return [{ kind: 'dropped', change: expected.change }];
      if (!('execution' in expected)) return [];
      expected.execution.sqlstate = sqlstate;
      expected.execution.hasBegun = true;
      return [{ kind: 'ended', execution: expected.execution }];
    });
    return [...events, { kind: 'failed', isFatal: false, needsSync: end < 0 }];
  }

  #ready(status: TransactionStatus): Reaction {
    const head = this.#takeHead();
    if (!head || !answersWithReady(head)) throw upstreamViolation('answered out of order');
    const isFailed = this.#isFailed;
    this.#isFailed = false;
    const ready: PipelineEvent = { kind: 'ready', status, isFailed };
    if (head.kind === 'sync' && head.isOwn) return { relay: SWALLOW, events: [ready] };
    if (!('execution' in head)) return { relay: PASS, events: [ready] };
    return { relay: PASS, events: [ready, { kind: 'ended', execution: head.execution }] };
  }
}

function relayOfError(head: Expected): Relay {
  if (head.kind === 'poison') return { kind: 'replace', error: head.error };
  return head.kind === 'probe' ? SWALLOW : PASS;
}

function answersWithReady(expected: Expected): boolean {
  if (expected.kind === 'poison') return expected.protocol === 'simple';
  return expected.kind === 'sync' || expected.kind === 'query' || expected.kind === 'functionCall';
}

/** Messages that belong to a statement's answer, unlike those that may come at any time. */
function isAnswer(type: number): boolean {
  return type !== BACKEND.noticeResponse && type !== BACKEND.notificationResponse && type !== BACKEND.parameterStatus;
}
