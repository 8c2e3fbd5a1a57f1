import { type AccessFacts, type Effect, resourceKey, type StatementFacts } from '../../../policy/access/facts.ts';
import type { Completion, JudgeRequest, SessionGate, Verdict } from '../../../proxy/session/gate-contract.ts';
import type { ChallengeOutcome, HeldStatement } from '../../../proxy/stepup/stepup.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';

/** Stands where the gate stands: words in the text decide, so that session tests need no parser, policies or audit. */
export type RuleGate = SessionGate & {
  /** Each judge request that was not a peek at Bind and led to a verdict, in order: what would be audit rows. */
  readonly rows: { readonly id: number; readonly text: string; readonly verdict: Verdict['kind'] }[];
  readonly requests: JudgeRequest[];
  readonly parsed: string[];
  readonly refusals: { readonly text: string; readonly error: PgError }[];
  readonly completions: Map<number, Completion>;
  readonly holds: TestHold[];
  /** Texts with `sensitive` are allowed from now on. */
  isConfirmed: boolean;
  /** PREPARE and DECLARE of forbidden texts pass: only what uses them is refused. */
  allowsDefinitions: boolean;
  catalogReads: number;
  /** Called before each verdict; may wait. */
  beforeVerdict: (request: JudgeRequest) => Promise<void>;
};

export type TestHold = {
  readonly held: HeldStatement;
  readonly withdrawnBy: string[];
  settle(outcome: ChallengeOutcome): void;
};

export function createRuleGate(): RuleGate {
  const gate: RuleGate = {
    rows: [],
    requests: [],
    parsed: [],
    refusals: [],
    completions: new Map(),
    holds: [],
    isConfirmed: false,
    allowsDefinitions: false,
    catalogReads: 0,
    beforeVerdict: async () => {},
    judge: async (request) => {
      gate.requests.push(request);
      await gate.beforeVerdict(request);
      return verdictOf(gate, request);
    },
    checkParse: async (text) => {
      gate.parsed.push(text);
      if (!text.includes('unparsable')) return { kind: 'accept', facts: factsOf(text) };
      return {
        kind: 'refuse',
        error: new PgError({ sqlstate: '42601', message: 'syntax error' }),
        decisionId: row(gate, text, 'refuse'),
      };
    },
    recordRefusal: async ({ text, error }) => {
      gate.refusals.push({ text, error });
    },
    hiddenBy: (facts) => {
      const words = facts.statements.flatMap(({ accesses }) => accesses.map(({ resource }) => resourceKey(resource)));
      return words.some((word) => word.includes('secret')) ? HIDDEN : undefined;
    },
    complete: (id, completion) => {
      if (gate.completions.has(id)) throw new Error(`decision ${id} was completed twice`);
      gate.completions.set(id, completion);
    },
    catalogChanged: async () => {
      gate.catalogReads += 1;
    },
  };
  return gate;
}

/** DETAIL of errors of texts with `secret`. */
export const HIDDEN = 'hidden by the rule gate';

export const DENIED = 'permission denied by the rule gate';

function verdictOf(gate: RuleGate, request: JudgeRequest): Verdict {
  const facts = request.boundFacts ?? factsOf(request.text);
  const own = isDefinition(request) && gate.allowsDefinitions ? [] : [request.text];
  const seen = [...own, ...linkedTexts(request)].join('\n');
  if (seen.includes('forbidden')) {
    const error = new PgError({ sqlstate: '42501', message: DENIED });
    return { kind: 'refuse', error, decisionId: row(gate, request.text, 'refuse') };
  }
  if (executesMore(request)) {
    const error = new PgError({ sqlstate: '0A000', message: 'the session could not follow that' });
    return { kind: 'refuse', error, decisionId: row(gate, request.text, 'refuse') };
  }
  if (seen.includes('sensitive') && !gate.isConfirmed) return holdVerdict(gate, request.text);
  const decisionId = request.stage === 'bind' ? undefined : row(gate, request.text, 'forward');
  return { kind: 'forward', decisionId, facts, grantIds: gate.isConfirmed ? ['g1'] : [] };
}

/** As the contract says: no EXECUTE of what changes the session. */
function executesMore(request: JudgeRequest): boolean {
  const name = /^\s*EXECUTE (\w+)/i.exec(request.text)?.[1];
  const text = name === undefined ? undefined : request.prepared(name);
  return text !== undefined && factsOf(text).statements.some(({ effects }) => effects.length > 0);
}

/** PREPARE and DECLARE read nothing yet. */
function isDefinition(request: JudgeRequest): boolean {
  return request.boundFacts === undefined && /^\s*(PREPARE|DECLARE)\b/i.test(request.text);
}

function linkedTexts(request: JudgeRequest): readonly string[] {
  const execute = /^\s*EXECUTE (\w+)/i.exec(request.text)?.[1];
  const fetch = /^\s*FETCH \w+ FROM (\w+)/i.exec(request.text)?.[1];
  const cursor = fetch === undefined ? [] : (request.cursor(fetch) ?? []);
  return [
    ...(execute === undefined ? [] : [request.prepared(execute) ?? '']),
    ...cursor.flatMap(({ accesses }) => accesses.map(({ resource }) => ('name' in resource ? resource.name : ''))),
  ];
}

function row(gate: RuleGate, text: string, verdict: Verdict['kind']): number {
  const id = gate.rows.length + 1;
  gate.rows.push({ id, text, verdict });
  return id;
}

function holdVerdict(gate: RuleGate, text: string): Verdict {
  const decisionId = row(gate, text, 'hold');
  const withdrawnBy: string[] = [];
  const { promise, resolve } = Promise.withResolvers<ChallengeOutcome>();
  const held: HeldStatement = {
    challengeId: `c${decisionId}`,
    code: 'K7QM-4TXD',
    url: 'http://localhost/c',
    command: 'stepward confirm K7QM-4TXD',
    deadlineMs: 300_000,
    outcome: promise,
    withdraw: (by) => {
      withdrawnBy.push(by);
      resolve({ kind: 'withdrawn', by });
    },
  };
  gate.holds.push({ held, withdrawnBy, settle: resolve });
  return {
    kind: 'hold',
    held,
    notice: { message: 'held', detail: 'd', hint: 'h' },
    decisionId,
    holdTimeoutMs: 300_000,
  };
}

/** Enough of PostgreSQL's statements for tests; `;` inside literals is not used in them. */
export function factsOf(text: string): AccessFacts {
  const statements: StatementFacts[] = [];
  let start = 0;
  for (const part of text.split(';')) {
    const span = { start, end: start + part.length };
    start += part.length + 1;
    if (part.trim() !== '') statements.push(statementFacts(part, span.start, span.end));
  }
  return { statements };
}

function statementFacts(part: string, start: number, end: number): StatementFacts {
  const words = part.trim().split(/\s+/);
  const kind = (words[0] ?? '').toUpperCase();
  // The words of the text stand for what it reads: FETCH of a cursor finds `forbidden` again.
  const resource = { kind: 'function', schema: 'words', name: part } as const;
  const runsCode = part.includes('run_code(');
  return {
    kind: kind === 'WITH' ? 'SELECT' : kind,
    span: { start, end },
    accesses: [{ action: runsCode ? 'execute' : 'select', resource, usage: 'none', spans: [] }],
    opaque: [],
    effects: effectsOf(kind, words, part, start),
    isReadOnly: ['SELECT', 'BEGIN', 'SET', 'FETCH', 'DECLARE', 'SHOW', 'COMMIT', 'ROLLBACK'].includes(kind),
  };
}

function effectsOf(kind: string, words: readonly string[], part: string, start: number): readonly Effect[] {
  const second = words[1] ?? '';
  if (kind === 'BEGIN') return [{ kind: 'transaction', verb: 'begin' }];
  if (kind === 'COMMIT') return [{ kind: 'transaction', verb: 'commit' }];
  if (kind === 'SAVEPOINT') return [{ kind: 'transaction', verb: 'savepoint', name: second }];
  if (kind === 'ROLLBACK' && second.toUpperCase() === 'TO') {
    return [{ kind: 'transaction', verb: 'rollbackTo', name: words[2] ?? '' }];
  }
  if (kind === 'ROLLBACK') return [{ kind: 'transaction', verb: 'rollback' }];
  if (kind === 'PREPARE') {
    const body = start + part.toUpperCase().indexOf(' AS ') + 4;
    return [{ kind: 'prepare', name: second, body: { start: body, end: start + part.length } }];
  }
  if (kind === 'EXECUTE') return [{ kind: 'executePrepared', name: second }];
  if (kind === 'DEALLOCATE') return [{ kind: 'deallocate', name: second.toUpperCase() === 'ALL' ? undefined : second }];
  if (kind === 'DECLARE') return [{ kind: 'declareCursor', name: second }];
  if (kind === 'FETCH') return [{ kind: 'fetchCursor', name: words[3] ?? '' }];
  if (kind === 'SET') return setEffect(words);
  if (/^\s*create temp table/i.test(part)) {
    return [{ kind: 'createTemp', relation: { name: words[3] ?? '', columns: ['a'], sources: [] } }];
  }
  return kind === 'CREATE' || kind === 'DROP' ? [{ kind: 'ddl' }] : [];
}

function setEffect(words: readonly string[]): readonly Effect[] {
  const isLocal = words[1]?.toUpperCase() === 'LOCAL';
  const [name = '', , ...value] = words.slice(isLocal ? 2 : 1);
  return [{ kind: 'set', name, value: value.join(' '), isLocal }];
}
