import type { Namespace } from '../../policy/access/analyzer.ts';
import type { AccessFacts, StatementFacts } from '../../policy/access/facts.ts';
import type { HeldStatement } from '../stepup/stepup.ts';
import type { PgError } from '../wire/pg-error.ts';

/**
 * Between the session (order of messages, names, transactions) and the gate (facts, policies, audit, step-up).
 * The session knows nothing of policies; the gate sends and receives no bytes.
 */

/** The transaction that the statement would run in. */
export type TransactionState = {
  /** As the last ReadyForQuery said; a pipelined BEGIN that is not answered yet does not show. */
  readonly status: 'I' | 'T' | 'E';
  /**
   * True when a statement that was not read-only went upstream in the open transaction, which may also be the
   * implicit one of an extended batch (then `status` is 'I'): upstream may hold locks.
   */
  readonly hasWritten: boolean;
  /**
   * True when DDL ran in the open transaction: other connections, the catalog loader's too, cannot see what it changed,
   * so names resolve differently upstream than in the catalog. Fail closed.
   */
  readonly hasUncommittedDdl: boolean;
};

export type JudgeRequest = {
  /** The statement text as the client sent it in Query or Parse; for FunctionCall a readable stand-in. */
  readonly text: string;
  readonly protocol: 'simple' | 'extended' | 'functionCall';
  /**
   * `bind`: upstream would plan the statement (planning can call functions), but not run it. An allow writes NO audit row
   * and its verdict has no decisionId; a refusal or a hold writes its row as usual.
   * `execute`: it would run. Every verdict writes exactly one row. INVARIANT 6: asked for each execution.
   */
  readonly stage: 'bind' | 'execute';
  /** For an Execute: the namespace at the time of its Bind, when the portal's names were resolved. */
  readonly namespace: Namespace;
  /** For an Execute: what Bind's verdict found. The portal runs this whatever the names mean by now: do not analyse again. */
  readonly boundFacts?: AccessFacts;
  readonly transaction: TransactionState;
  /**
   * Where the transaction has uncommitted DDL: what names mean to itself, with a catalog of its own. Left out, or giving
   * undefined: that cannot be found out. It is read on the session's connection, so it is asked for only where it matters.
   */
  afterDdl?(): Promise<Namespace | undefined>;
  /** The value of a parameter ($1 is 1) as text, null for NULL; undefined where it is not known. Asked only where it counts. */
  readonly parameterValue?: (number: number) => string | null | undefined;
  /** Text by prepared-statement name; SQL PREPARE and protocol Parse share the names. undefined: 26000 preparedStatementDoesNotExist. */
  prepared(name: string): string | undefined;
  /** What a cursor or portal reads; DECLARE and protocol Bind share the names. undefined: 34000 cursorDoesNotExist. */
  cursor(name: string): readonly StatementFacts[] | undefined;
};

export type Verdict =
  | {
      readonly kind: 'forward';
      /** The committed audit row (INVARIANT 2); undefined only at stage `bind`. */
      readonly decisionId: number | undefined;
      /**
       * The message's statements, with the accesses of what EXECUTE and FETCH reach merged in. Effects are each
       * statement's own; an EXECUTE whose prepared statement has effects besides writeTemp, ddl and executePrepared is
       * refused by the gate (0A000), because the session could not follow them; writeTemp and ddl are merged in.
       */
      readonly facts: AccessFacts;
      /** Grants without which it would not have been allowed: revoking one stops the running statement. */
      readonly grantIds?: readonly string[];
    }
  | { readonly kind: 'refuse'; readonly error: PgError; readonly decisionId: number | undefined }
  | {
      readonly kind: 'hold';
      readonly held: HeldStatement;
      readonly notice: HoldNotice;
      readonly decisionId: number;
      /** How long the hold lasts in all, for the text of the time-out. */
      readonly holdTimeoutMs: number;
    };

/** Sent as a NoticeResponse when the hold begins. Lower case, one line each, as ErrorResponse fields are. */
export type HoldNotice = { readonly message: string; readonly detail?: string; readonly hint?: string };

export type ParseVerdict =
  | { readonly kind: 'accept'; readonly facts: AccessFacts }
  | { readonly kind: 'refuse'; readonly error: PgError; readonly decisionId: number | undefined };

/** How a forwarded execution ended; becomes the audit row's completion. */
export type Completion = {
  readonly outcome: 'done' | 'error' | 'cancelled' | 'lost';
  readonly rows: number;
  /** Bytes sent to the client for it. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly sqlstate?: string;
};

/** One per session: it knows the principal, address, application and database already. */
export type SessionGate = {
  /** Never rejects: whatever goes wrong inside is a refusal (58030, XX000). */
  judge(request: JudgeRequest): Promise<Verdict>;
  /**
   * At Parse: analysis only, no policies. A refusal of the analysis (syntax, unknown name, unsupported) is reported here
   * and writes its audit row; an accept writes none. Never rejects.
   */
  checkParse(text: string, namespace: Namespace, afterDdl?: JudgeRequest['afterDdl']): Promise<ParseVerdict>;
  /** The audit row of a refusal that the session makes itself (undecodable text, unknown portal...). Never rejects. */
  recordRefusal(refusal: {
    readonly text: string;
    readonly protocol: JudgeRequest['protocol'];
    readonly error: PgError;
  }): Promise<void>;
  /**
   * Why the values that an error or notice of the statement shows are hidden from this person: a sentence for DETAIL.
   * undefined where they may read every column that it can show. Never throws; asked when there is an error.
   */
  hiddenBy(facts: AccessFacts): string | undefined;
  /** Exactly once for each decisionId of a `forward` verdict. Must not throw; it may write later. */
  complete(decisionId: number, completion: Completion): void;
  /** DDL of this session is committed: resolves when the catalog is read again. The session judges nothing before. Never rejects. */
  catalogChanged(): Promise<void>;
};
