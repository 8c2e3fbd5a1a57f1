import { describe, expect, it } from 'vitest';
import type { Analysis, Analyzer, Namespace } from '../../../policy/access/analyzer.ts';
import {
  type Access,
  type AccessFacts,
  type Effect,
  resourceKey,
  type StatementFacts,
} from '../../../policy/access/facts.ts';
import type { Assurance, CarriedTags, Decision, DecisionRequest } from '../../../policy/engine/decision.ts';
import type { AuditEntry, DecisionEntry } from '../../../proxy/audit/entry.ts';
import { createGate, judgeConnect } from '../../../proxy/session/gate.ts';
import type { GateDeps } from '../../../proxy/session/gate-deps.ts';
import type { JudgeRequest } from '../../../proxy/session/gate-contract.ts';
import type { ChallengeRequest, HeldStatement } from '../../../proxy/stepup/stepup.ts';
import { auditUnavailable } from '../../../proxy/wire/pg-error.ts';

const NOW = 1_800_000_000_000;
const TOTP: Assurance = { methods: ['pwd', 'otp', 'mfa'], aal: 2, provedAtMs: NOW };
const ssn: Access = {
  action: 'select',
  resource: { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' },
  usage: 'output',
  spans: [{ start: 7, end: 10 }],
};

function statement(accesses: readonly Access[], effects: readonly Effect[] = [], kind = 'SELECT'): StatementFacts {
  return { kind, span: { start: 0, end: 10 }, accesses, opaque: [], effects, isReadOnly: true };
}

const known: Readonly<Record<string, readonly StatementFacts[]>> = {
  'select 1': [statement([{ action: 'connect', resource: { kind: 'database' }, usage: 'none', spans: [] }])],
  'select ssn': [statement([ssn])],
  'execute s': [statement([], [{ kind: 'executePrepared', name: 's' }], 'EXECUTE')],
  'fetch c': [statement([], [{ kind: 'fetchCursor', name: 'c' }], 'FETCH')],
  'execute set': [statement([], [{ kind: 'executePrepared', name: 'set' }], 'EXECUTE')],
  'set x': [statement([], [{ kind: 'set', name: 'x', value: '1', isLocal: false }], 'SET')],
  'prepare p as select ssn; execute p': [
    statement([], [{ kind: 'prepare', name: 'p', body: { start: 13, end: 23 } }], 'PREPARE'),
    statement([], [{ kind: 'executePrepared', name: 'p' }], 'EXECUTE'),
  ],
};

/** Policies as a rule: `ssn` needs a proof of level 2; everything else is allowed. */
function rule({ statements, assuranceFor }: DecisionRequest): Decision {
  const denied = statements
    .flatMap(({ accesses }) => accesses)
    .filter((access) => access.resource.kind === 'column' && assuranceFor(access).aal < 2)
    .map((access) => ({ access, determining: [{ id: 'needs-proof', reason: 'needs a proof' }] }));
  if (denied.length === 0) return { kind: 'allow', determining: [{ id: 'permits' }] };
  return {
    kind: 'stepUp',
    rung: { name: 'totp', methods: TOTP.methods, aal: 2 },
    determining: [{ id: 'needs-proof' }],
    denied,
  };
}

const refusing = (): Decision => ({
  kind: 'refuse',
  determining: [{ id: 'no', reason: 'not for you' }],
  denied: [{ access: ssn, determining: [{ id: 'no', reason: 'not for you' }] }],
});

type World = {
  readonly gate: ReturnType<typeof createGate>;
  readonly rows: AuditEntry[];
  readonly carried: CarriedTags[];
  readonly challenges: ChallengeRequest[];
  readonly incidents: unknown[];
  readonly deps: GateDeps;
};

const SUBJECT = {
  principal: { id: 'ann', groups: ['developers'] },
  sessionId: 's1',
  address: '192.0.2.7',
  application: 'psql',
  database: 'shop',
  context: () => ({
    session: { address: '192.0.2.7', tls: true, application: 'psql', database: 'shop', role: 'app' },
    clock: { nowMs: NOW, hour: 9, weekday: 2 },
  }),
  assurance: { methods: ['pwd'], aal: 1, provedAtMs: NOW - 5000 } as const,
};

function world(overrides: Partial<GateDeps> = {}): World {
  const rows: AuditEntry[] = [];
  const carried: CarriedTags[] = [];
  const challenges: ChallengeRequest[] = [];
  const incidents: unknown[] = [];
  const analyzer: Analyzer = {
    peek: () => undefined,
    analyze: async (text): Promise<Analysis> => {
      const statements = known[text];
      if (statements !== undefined) return { kind: 'facts', facts: { statements }, secondReader: 'agrees' };
      const refusal = {
        cause: 'unknownName',
        sqlstate: '42P01',
        message: `relation "${text}" does not exist`,
        position: 3,
      } as const;
      return { kind: 'refused', refusal };
    },
    useCatalog: async () => undefined,
    catalogVersion: 7,
    close: async () => undefined,
  };
  const held: HeldStatement = {
    challengeId: 'c1',
    code: 'ABCD-EFGH',
    url: 'http://page/c/c1',
    command: 'stepward confirm ABCD-EFGH',
    deadlineMs: NOW + 90_000,
    outcome: new Promise(() => undefined),
    withdraw: () => undefined,
  };
  const deps: GateDeps = {
    analyzer,
    engine: () => ({ decide: rule, version: 'v1' }),
    stepUp: {
      challenge: (asked) => {
        challenges.push(asked);
        return held;
      },
      grantFor: () => undefined,
      grantsVersion: 0,
    },
    carryTags: async (carries) => void carried.push(...carries),
    audit: { append: async (entry) => rows.push(entry) },
    catalog: { refresh: async () => undefined, recheck: async () => false, fresh: () => true },
    stepUpMode: 'hold',
    inTransaction: 'holdUnlessWritten',
    holdTimeoutMs: 90_000,
    nowMs: () => NOW,
    incident: (error) => {
      incidents.push(error);
      return 'incident-1';
    },
    ...overrides,
  };
  return { gate: createGate(SUBJECT, deps), rows, carried, challenges, incidents, deps };
}

function request(text: string, changes: Partial<JudgeRequest> = {}): JudgeRequest {
  return {
    text,
    protocol: 'simple',
    stage: 'execute',
    namespace: { searchPath: ['public'], role: 'app', tempRelations: [], key: 'k' },
    transaction: { status: 'I', hasWritten: false, hasUncommittedDdl: false },
    prepared: (name) => ({ s: 'select ssn', set: 'set x' })[name],
    cursor: (name) => (name === 'c' ? known['select ssn'] : undefined),
    ...changes,
  };
}

const decisions = (rows: readonly AuditEntry[]): readonly DecisionEntry[] =>
  rows.flatMap((row) => (row.kind === 'decision' ? [row] : []));

describe('the gate', () => {
  it('forwards what policies allow, after its row is written', async () => {
    const { gate, rows } = world();
    expect(await gate.judge(request('select 1'))).toMatchObject({ kind: 'forward', decisionId: 1 });
    expect(decisions(rows)).toMatchObject([
      {
        verdict: 'allow',
        text: 'select 1',
        determining: [{ id: 'permits' }],
        policyVersion: 'v1',
        catalogVersion: 7,
        secondReader: 'agrees',
        context: { assurance: { aal: 1, ageMs: 5000 } },
      },
    ]);
  });

  it('makes known which tags are carried over before it forwards, at Execute and not at Bind', async () => {
    const carries: readonly CarriedTags[] = [
      { target: { kind: 'table', schema: 'public', table: 'copies' }, tags: ['pii'], sources: [] },
    ];
    const { gate, carried } = world({
      engine: () => ({ decide: () => ({ kind: 'allow', determining: [], carries }), version: 'v1' }),
    });
    await gate.judge(request('select 1', { protocol: 'extended', stage: 'bind' }));
    expect(carried).toEqual([]);
    expect(await gate.judge(request('select 1'))).toMatchObject({ kind: 'forward' });
    expect(carried).toEqual(carries);
    const failing = world({ ...world().deps, carryTags: async () => Promise.reject(new Error('disk full')) });
    const engine = { decide: () => ({ kind: 'allow', determining: [], carries }) as const, version: 'v1' };
    const refused = createGate(SUBJECT, { ...failing.deps, engine: () => engine });
    expect(await refused.judge(request('select 1'))).toMatchObject({ kind: 'refuse', error: { sqlstate: 'XX000' } });
  });

  it('writes no row for an allowed Bind', async () => {
    const { gate, rows } = world();
    expect(await gate.judge(request('select 1', { protocol: 'extended', stage: 'bind' }))).toMatchObject({
      kind: 'forward',
      decisionId: undefined,
    });
    expect(rows).toEqual([]);
  });

  it('forwards nothing when the row cannot be written', async () => {
    const { gate } = world({ audit: { append: async () => Promise.reject(auditUnavailable()) } });
    expect(await gate.judge(request('select 1'))).toMatchObject({
      kind: 'refuse',
      error: { sqlstate: '58030' },
      decisionId: undefined,
    });
  });

  it('refuses with the reason, and the row says the same as the client reads', async () => {
    const { gate, rows } = world({ engine: () => ({ decide: refusing, version: 'v1' }) });
    const verdict = await gate.judge(request('select ssn'));
    expect(verdict).toMatchObject({ kind: 'refuse', error: { sqlstate: '42501', detail: 'Not for you.' } });
    expect(decisions(rows)).toMatchObject([
      {
        verdict: 'refuse',
        sqlstate: '42501',
        message: 'permission denied for column "ssn" of table customers',
        denied: [{ action: 'select', resource: 'public.customers.ssn', policies: ['no'] }],
      },
    ]);
  });

  it('refuses when a policy cannot be evaluated, and tells the client no more than an incident', async () => {
    const decide = (): Decision => ({
      kind: 'refuse',
      determining: [],
      denied: [],
      evaluationErrors: [{ policy: 'p', message: 'secret text' }],
    });
    const { gate, incidents } = world({ engine: () => ({ decide, version: 'v1' }) });
    const verdict = await gate.judge(request('select ssn'));
    expect(verdict).toMatchObject({ kind: 'refuse', error: { sqlstate: 'XX000', detail: 'incident incident-1' } });
    expect(String(incidents[0])).toContain('secret text');
  });

  it('refuses with an incident when anything throws', async () => {
    const { gate } = world({
      engine: () => ({
        decide: () => {
          throw new Error('a bug');
        },
        version: 'v1',
      }),
    });
    expect(await gate.judge(request('select 1'))).toMatchObject({
      kind: 'refuse',
      error: { sqlstate: 'XX000' },
      decisionId: 1,
    });
  });

  it('judges the function-call message as any statement', async () => {
    const { gate, rows } = world({ engine: () => ({ decide: refusing, version: 'v1' }) });
    const verdict = await gate.judge(request('select ssn', { protocol: 'functionCall' }));
    expect(verdict).toMatchObject({ kind: 'refuse', error: { sqlstate: '42501' } });
    expect(decisions(rows)).toMatchObject([{ verdict: 'refuse', protocol: 'functionCall', sqlstate: '42501' }]);
  });
});

describe('a statement whose parameters decide what it does', () => {
  /** `set $1` is known once $1 is, and then once $2 is. */
  const analyzing = (asked: Namespace[]): Partial<GateDeps> => {
    const refusal = { cause: 'unsound', sqlstate: '42501', message: 'not a literal' } as const;
    const analyze = async (_: string, namespace: Namespace): Promise<Analysis> => {
      asked.push(namespace);
      const count = namespace.parameterValues?.length ?? 0;
      if (count < 2) return { kind: 'refused', refusal: { ...refusal, needsParameters: [count + 1] } };
      return { kind: 'facts', facts: { statements: count === 2 ? [statement([])] : [] }, secondReader: 'agrees' };
    };
    return { analyzer: { ...world().deps.analyzer, analyze } };
  };

  it('is accepted at Parse, and has no row yet', async () => {
    const { gate, rows } = world(analyzing([]));
    expect((await gate.checkParse('set $1', request('').namespace)).kind).toBe('accept');
    expect(rows).toEqual([]);
  });

  it('is analysed with the values that are asked for, and only those, under keys of their own', async () => {
    const asked: Namespace[] = [];
    const { gate } = world(analyzing(asked));
    const values = ['search_path', 'finance', 'unasked'];
    const verdict = await gate.judge(request('set $1', { parameterValue: (number) => values[number - 1] }));
    expect(verdict.kind).toBe('forward');
    expect(asked.at(-1)?.parameterValues).toEqual([
      [1, 'search_path'],
      [2, 'finance'],
    ]);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(3);
  });

  it.each([
    ['a value is not known', () => undefined],
    ['a value is too long to be a name', () => 'x'.repeat(5000)],
  ])('is refused where %s', async (_, parameterValue) => {
    const { gate, rows } = world(analyzing([]));
    const verdict = await gate.judge(request('set $1', { parameterValue }));
    expect(verdict).toMatchObject({ kind: 'refuse', error: { sqlstate: '42501', message: 'not a literal' } });
    expect(decisions(rows)).toMatchObject([{ verdict: 'refuse', sqlstate: '42501' }]);
  });
});

describe('values in errors', () => {
  const whole: AccessFacts = {
    statements: [{ ...statement([]), printedRows: [{ schema: 'public', table: 'customers', columns: ['id', 'ssn'] }] }],
  };

  it('are hidden where a column of a row that is printed may not be read, and it is named', () => {
    const { gate, rows } = world({ engine: () => ({ decide: onlySsnDenied, version: 'v1' }) });
    expect(gate.hiddenBy(whole)).toBe(
      'values are hidden by stepward: they may be of columns that you may not read, such as public.customers.ssn',
    );
    expect(rows).toEqual([]);
  });

  const onlySsnDenied = ({ statements }: DecisionRequest): Decision => {
    const denied = statements
      .flatMap(({ accesses }) => accesses)
      .filter(({ resource }) => resourceKey(resource) === 'public.customers.ssn')
      .map((access) => ({ access, determining: [] }));
    return denied.length === 0 ? { kind: 'allow', determining: [] } : { kind: 'refuse', determining: [], denied };
  };

  it('are hidden where reading them would need a proof, and shown under a grant', () => {
    expect(world().gate.hiddenBy(whole)).toBeDefined();
    const stepUp = { ...world().deps.stepUp, grantFor: () => ({ id: 'g1', assurance: TOTP }) };
    expect(world({ stepUp }).gate.hiddenBy(whole)).toBeUndefined();
  });

  it('are shown where nothing but what was let out can be printed: the policies are not even asked', () => {
    const decide = (): Decision => {
      throw new Error('asked');
    };
    const { gate } = world({ engine: () => ({ decide, version: 'v1' }) });
    expect(gate.hiddenBy({ statements: [statement([ssn])] })).toBeUndefined();
  });

  it('are hidden where the policies cannot be asked', () => {
    const decide = (): Decision => {
      throw new Error('broken');
    };
    const { gate, incidents } = world({ engine: () => ({ decide, version: 'v1' }) });
    expect(gate.hiddenBy(whole)).toBe('values are hidden (incident incident-1)');
    expect(String(incidents[0])).toContain('broken');
  });
});

describe('a statement that needs a proof', () => {
  it('is held with what, why, code, where and how long', async () => {
    const { gate, rows, challenges } = world();
    const verdict = await gate.judge(request('select ssn'));
    expect(verdict).toMatchObject({
      kind: 'hold',
      notice: {
        message: 'held until you confirm that it is you: this statement wants to read customers.ssn',
        detail: 'Needs a proof. Code ABCD-EFGH, 1 min 30 s left.',
        hint: 'Open http://page/c/c1 or run: stepward confirm ABCD-EFGH',
      },
    });
    expect(decisions(rows)).toMatchObject([{ verdict: 'hold' }]);
    expect(challenges).toMatchObject([
      { decisionId: 1, accesses: [ssn], principal: { id: 'ann' }, text: 'select ssn' },
    ]);
  });

  it('is allowed by a grant, whose id is recorded only where it was needed', async () => {
    const grantFor = (): { id: string; assurance: Assurance } => ({ id: 'g1', assurance: TOTP });
    const { gate, rows } = world({
      stepUp: { challenge: () => ({ kind: 'refused', message: 'no', hint: 'no' }), grantFor, grantsVersion: 1 },
    });
    expect(await gate.judge(request('select ssn'))).toMatchObject({ kind: 'forward', grantIds: ['g1'] });
    expect(await gate.judge(request('select 1'))).toMatchObject({ kind: 'forward' });
    expect(decisions(rows).map(({ grantIds }) => grantIds)).toEqual([['g1'], undefined]);
  });

  it('is refused where no challenge can be made, with a row that says so', async () => {
    const challenge = () => ({ kind: 'refused', message: 'no authenticator', hint: 'ask somebody' }) as const;
    const { gate, rows } = world({ stepUp: { challenge, grantFor: () => undefined, grantsVersion: 0 } });
    expect(await gate.judge(request('select ssn'))).toMatchObject({
      kind: 'refuse',
      error: { sqlstate: '42501', detail: 'no authenticator', hint: 'ask somebody' },
      decisionId: 2,
    });
    expect(decisions(rows).map(({ verdict }) => verdict)).toEqual(['hold', 'refuse']);
  });

  const written = { status: 'T', hasWritten: true, hasUncommittedDdl: false } as const;
  const onlyRead = { status: 'T', hasWritten: false, hasUncommittedDdl: false } as const;
  const pipelined = { status: 'I', hasWritten: true, hasUncommittedDdl: false } as const;
  it.each([
    ['holdUnlessWritten', onlyRead, 'hold'],
    ['holdUnlessWritten', written, 'refuse'],
    ['holdUnlessWritten', pipelined, 'refuse'],
    ['hold', written, 'hold'],
    ['refuse', onlyRead, 'refuse'],
  ] as const)('with inTransaction %s and %j: %s', async (inTransaction, transaction, kind) => {
    const { gate, rows } = world({ inTransaction });
    const verdict = await gate.judge(request('select ssn', { transaction }));
    expect(verdict.kind).toBe(kind);
    expect(decisions(rows)).toMatchObject([{ verdict: kind }]);
  });

  it('is refused at once with the link in challenge mode', async () => {
    const { gate } = world({ stepUpMode: 'challenge' });
    expect(await gate.judge(request('select ssn'))).toMatchObject({
      kind: 'refuse',
      error: {
        severity: 'ERROR',
        sqlstate: '42501',
        message: 'a proof that it is you is needed to read customers.ssn',
        detail: 'Needs a proof. Confirm at http://page/c/c1 (code ABCD-EFGH).',
        hint: 'Run the statement again after confirming there, or with: stepward confirm ABCD-EFGH',
      },
    });
  });
});

describe('names that reach other statements', () => {
  const readsSsn = (facts: AccessFacts): boolean =>
    facts.statements.some(({ accesses }) => accesses.some(({ resource }) => resource.kind === 'column'));
  const permitAll = { engine: () => ({ decide: (): Decision => ({ kind: 'allow', determining: [] }), version: 'v1' }) };

  it.each(['execute s', 'fetch c', 'prepare p as select ssn; execute p'])('judges %j as what it runs', async (text) => {
    const { gate } = world(permitAll);
    const verdict = await gate.judge(request(text));
    expect(verdict.kind === 'forward' && readsSsn(verdict.facts)).toBe(true);
    expect(await world().gate.judge(request(text))).toMatchObject({ kind: 'hold' });
  });

  it.each([
    ['execute s', '26000', 'prepared statement "s" does not exist'],
    ['fetch c', '34000', 'cursor "c" does not exist'],
  ])('refuses %j when nobody made it', async (text, sqlstate, message) => {
    const { gate } = world();
    const verdict = await gate.judge(request(text, { prepared: () => undefined, cursor: () => undefined }));
    expect(verdict).toMatchObject({ kind: 'refuse', error: { sqlstate, message } });
  });

  it('refuses EXECUTE of what changes the session', async () => {
    const { gate } = world(permitAll);
    expect(await gate.judge(request('execute set'))).toMatchObject({ kind: 'refuse', error: { sqlstate: '0A000' } });
  });
});

describe('the catalog', () => {
  it('is looked at again for an unknown name, and the statement judged anew when it changed', async () => {
    let isThere = false;
    const base = world().deps;
    const analyzer: Analyzer = {
      ...base.analyzer,
      analyze: async (text, namespace) => base.analyzer.analyze(isThere ? 'select 1' : text, namespace),
    };
    const recheck = async (): Promise<boolean> => {
      isThere = true;
      return true;
    };
    const { gate } = world({ analyzer, catalog: { ...base.catalog, recheck } });
    expect(await gate.judge(request('select from brand_new'))).toMatchObject({ kind: 'forward' });
    expect(await world().gate.judge(request('nowhere'))).toMatchObject({
      kind: 'refuse',
      error: { sqlstate: '42P01', position: 3 },
    });
  });

  it('must be fresh', async () => {
    const { gate } = world({ catalog: { ...world().deps.catalog, fresh: async () => false } });
    expect(await gate.judge(request('select 1'))).toMatchObject({ kind: 'refuse', error: { sqlstate: '57P03' } });
  });

  it('does not know what DDL of the open transaction made, so names are refused until it is committed', async () => {
    const { gate } = world();
    const transaction = { status: 'T', hasWritten: true, hasUncommittedDdl: true } as const;
    expect(await gate.judge(request('select ssn', { transaction }))).toMatchObject({
      kind: 'refuse',
      error: { sqlstate: '0A000' },
    });
    expect(await gate.judge(request('select 1', { transaction }))).toMatchObject({ kind: 'forward' });
  });
});

describe('the right to connect', () => {
  it('is asked of the policies, fatally, with a row', async () => {
    const { rows, deps } = world({ engine: () => ({ decide: refusing, version: 'v1' }) });
    expect(await judgeConnect(SUBJECT, deps)).toMatchObject({ severity: 'FATAL', sqlstate: '42501' });
    expect(decisions(rows)).toMatchObject([{ verdict: 'refuse', protocol: 'connect' }]);
    expect(await judgeConnect(SUBJECT, world().deps)).toBeUndefined();
  });
});
