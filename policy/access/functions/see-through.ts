import type { CatalogCode, CatalogFunction } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import type { Access } from '../facts.ts';
import { checkNesting, DEFAULT_LIMITS } from '../limits.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import type { BodyCall, BodyFacts } from '../query/body-facts.ts';
import { bodyOf, list } from '../tree.ts';
import { executeOid } from '../query/calls.ts';
import type { Context } from '../query/context.ts';
import { EMPTY_SCOPE } from '../query/scope.ts';
import type { Column, Lineage, Rows } from '../query/value.ts';
import { lineageOf, lineageOfRows, mergeLineages, NO_LINEAGE, source } from '../query/value.ts';
import { bodyEnvironment, sessionNamespace, unsoundSetting, withTables } from './body-environment.ts';
import { bodyKey } from './body-key.ts';
import { type BodyOwner, gather } from './gather.ts';
import { inBody } from './body-arguments.ts';
import { functionResource } from './function-resource.ts';
import { bindParameters } from './parameters.ts';
import { plpgsqlBody } from './plpgsql-body.ts';
import { createStatement, withoutRowtype } from './plpgsql-source.ts';
import { shapeResult } from './result.ts';
import { shownName, sqlBody, sqlVariables } from './sql-body.ts';
import { chargeNewRow, triggerRows } from './trigger-rows.ts';

/** Kept answers; beyond it all are forgotten. */
const MAX_KEPT = 5000;

/**
 * What calling a function touches, from its body.
 * @returns undefined where it has no body that can be read: a language that is not analysed, a built-in
 */
export function seeThrough(context: Context, call: BodyCall): BodyFacts | undefined {
  const { fn } = call;
  if (fn.code === undefined || !isReadable(fn)) return undefined;
  const { bodies, memo } = { bodies: context.visits, memo: context.env.memo };
  bodies.useSession();
  const args = inBody(call.args);
  const key = bodyKey({ ...call, args }, sessionNamespace(context.env), memo);
  const known = memo.bodies.get(key);
  if (known !== undefined) return known;
  if (bodies.isRepeat(fn.oid)) return REPEATED;
  if (bodies.isExhausted()) return hidden(fn, `${shownName(fn)}, behind too many other functions`);
  const { answer, isRecursive, isWhole } = bodies.visit(fn.oid, () => analyse(context, { ...call, args }, fn.code));
  const facts = isRecursive ? recursive(answer, args) : answer;
  if (isWhole) {
    if (memo.bodies.size >= MAX_KEPT) memo.bodies.clear();
    memo.bodies.set(key, facts);
  }
  return facts;
}

function isReadable(fn: CatalogFunction): boolean {
  if (fn.kind === 'aggregate') return (fn.code?.parts.length ?? 0) > 0;
  return fn.body !== undefined && (fn.language === 'sql' || fn.language === 'plpgsql');
}

/** Met inside of itself: what it touches is reported where it was met first. */
const REPEATED: BodyFacts = {
  accesses: [],
  opaque: [],
  effects: [],
  flows: [],
  isReadOnly: true,
  isSeenThrough: true,
  result: { columns: [] },
};

function hidden(fn: CatalogFunction, what: string): BodyFacts {
  const resource = functionResource(fn, false);
  const access: Access = { action: 'opaque', resource, usage: 'none', spans: [] };
  return {
    ...REPEATED,
    accesses: [{ access, isUnselected: false }],
    opaque: [{ what, spans: [], resource }],
    isReadOnly: false,
    isSeenThrough: false,
  };
}

type Analysed = { readonly collector: Collector; readonly rows: Rows };

function analyse(context: Context, call: BodyCall, code: CatalogCode | undefined): BodyFacts {
  const { fn } = call;
  if (code === undefined) return hidden(fn, shownName(fn));
  const around = new Collector(() => ({ start: 0, end: 0 }));
  // Of the last pass over the body: what it has reported counts even where the rest cannot be told.
  const collectors = { body: new Collector(around.toSpan) };
  const within: Context['within'] = (env, collector) => {
    collectors.body = collector;
    return context.within(env, collector);
  };
  try {
    const analysed = analyseKind({ ...context, within }, call, code, around);
    return gather(ownerOf(fn), [around, analysed.collector], analysed.rows);
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    const facts = gather(ownerOf(fn), [around, collectors.body], { columns: [] });
    const failed = hidden(fn, `${shownName(fn)}, whose body cannot be analysed: ${error.refusal.message}`);
    return {
      ...failed,
      effects: facts.effects,
      flows: facts.flows,
      accesses: [...asOutput(facts.accesses), ...failed.accesses],
      opaque: [...facts.opaque, ...failed.opaque],
    };
  }
}

function ownerOf(fn: CatalogFunction): BodyOwner {
  return { shown: shownName(fn), resource: functionResource(fn, false) };
}

function analyseKind(context: Context, call: BodyCall, code: CatalogCode, around: Collector): Analysed {
  const { fn } = call;
  const outside = context.isolated(around);
  if (fn.kind === 'aggregate') {
    return { collector: new Collector(around.toSpan), rows: aggregateRows(outside, code) };
  }
  const setting = unsoundSetting(fn);
  if (setting !== undefined) throw unsupported(`SET ${setting}`);
  const tooDeep = checkNesting(fn.body ?? '', DEFAULT_LIMITS);
  if (tooDeep !== undefined) throw new RefusedAnalysis(tooDeep);
  const bound = bindParameters(context, fn, call.args, defaultsOf(outside, call, code));
  if (fn.language === 'plpgsql') return plpgsql(context, call, code, bound);
  const collector = new Collector(around.toSpan);
  const env = bodyEnvironment(context.env, code, sqlVariables(fn, bound));
  const inner = context.within(env, collector);
  return { collector, rows: shapeResult(inner, fn, sqlBody(inner, fn, code)) };
}

function plpgsql(
  context: Context,
  call: BodyCall,
  code: CatalogCode,
  bound: ReturnType<typeof bindParameters>,
): Analysed {
  const { fn, row } = call;
  const env = withTables(bodyEnvironment(context.env, code, sqlVariables(fn, [])), row?.tables ?? []);
  const body = withoutRowtype(fn.body ?? '');
  const facts = plpgsqlBody(
    env,
    {
      name: fn.name,
      shown: shownName(fn),
      resource: functionResource(fn, false),
      body,
      statement: createStatement(context, fn, body),
      parameters: bound,
      rows: row === undefined ? new Map() : triggerRows(context, row),
    },
    context.within,
  );
  const inner = context.within(env, facts.collector);
  if (row !== undefined) chargeNewRow(inner, row, facts.cells);
  return { collector: facts.collector, rows: shapeResult(inner, fn, facts.rows) };
}

/** The functions that an aggregate consists of; its state is theirs to make. */
function aggregateRows(context: Context, code: CatalogCode): Rows {
  const lineages: Lineage[] = [];
  for (const oid of code.parts) lineages.push(executeOid(context, oid));
  return { columns: [{ name: '', lineage: mergeLineages(lineages), type: { kind: 'undetermined' } }] };
}

/** Expressions of parameters that the call leaves out: the caller's query computes them. */
function defaultsOf(context: Context, call: BodyCall, code: CatalogCode): Lineage {
  if (code.defaults === undefined) return NO_LINEAGE;
  const [statement] = context.env.parse(`SELECT ${code.defaults}`);
  const targets = list(bodyOf(statement, 'SelectStmt') ?? {}, 'targetList');
  const isComplete = call.args !== undefined && call.args.length >= code.parameters.length;
  if (isComplete) return NO_LINEAGE;
  return mergeLineages(
    targets.map(
      (target) => context.expression(bodyOf(target, 'ResTarget')?.['val'], EMPTY_SCOPE, 'unselected').lineage,
    ),
  );
}

/** What is read by a body of which the rest is not known may come out. */
function asOutput(accesses: BodyFacts['accesses']): BodyFacts['accesses'] {
  return accesses.map(({ access }) => ({
    access: access.action === 'select' ? { ...access, usage: 'output' } : access,
    isUnselected: false,
  }));
}

/** A function that calls itself: what it reads may come back in by its parameters, so all of it may come out. */
function recursive(facts: BodyFacts, args: BodyCall['args']): BodyFacts {
  const accesses = asOutput(facts.accesses);
  const read = accesses.flatMap(({ access }) =>
    access.action === 'select' ? [source(access.resource, 'function')] : [],
  );
  const given = (args ?? []).map((arg) => arg.value.lineage);
  const lineage = mergeLineages([lineageOf(read), lineageOfRows(facts.result), ...given]);
  const columns = facts.result.columns.map(({ name, type }): Column => ({ name, type, lineage }));
  const result = facts.result.open === undefined && columns.length > 0 ? { columns } : { columns: [], open: lineage };
  return { ...facts, accesses, result };
}
