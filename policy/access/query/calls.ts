import type { CatalogCast, CatalogFunction, CatalogType } from '../../catalog/catalog.ts';
import { isSafeCall } from '../allow/safe-functions.ts';
import { unsafeReason } from '../allow/unsafe-functions.ts';
import type { Via } from '../facts.ts';
import { flowSource } from '../flows.ts';
import { afterCall } from '../functions/body-arguments.ts';
import { functionResource } from '../functions/function-resource.ts';
import type { Argument, BodyFacts, TriggerRow } from './body-facts.ts';
import type { Context } from './context.ts';
import type { Lineage, StaticType, Value } from './value.ts';
import { lineageOfRows, mergeLineages, NO_LINEAGE, UNDETERMINED } from './value.ts';

/** Objects below this oid came with the server (FirstNormalObjectId, transam.h). */
const FIRST_NORMAL_OID = 16_384;

export function isBuiltinOid(oid: number): boolean {
  return oid < FIRST_NORMAL_OID;
}

/** What is known of one call besides the function. */
export type CallDetails = {
  readonly location?: number | undefined;
  readonly via?: Via | undefined;
  /** Left out: nothing is known of the arguments. */
  readonly args?: readonly Argument[];
  readonly row?: TriggerRow;
};

/**
 * Reports the call of a function and everything that its body touches, unless it is one that is known to be harmless.
 * @returns undefined for a function without a body that can be read
 */
export function invoke(context: Context, fn: CatalogFunction, details: CallDetails): BodyFacts | undefined {
  if (isSafeCall(fn)) return undefined;
  const { location, via, args, row } = details;
  const body = context.body(row === undefined ? { fn, args } : { fn, args, row });
  const resource = functionResource(fn, body?.isSeenThrough ?? false);
  context.collector.access({ action: 'execute', resource, usage: 'none', via, location });
  if (body !== undefined) reportBody(context, body, via, location);
  else if (runsText(fn)) context.collector.opaque(`${fn.name}, which runs SQL text`, location);
  return body;
}

/** Reports what a body touches, at the place of the call. */
function reportBody(context: Context, body: BodyFacts, via: Via = 'function', location?: number): void {
  const { collector } = context;
  for (const { access, isUnselected } of body.accesses) {
    const { action, resource, usage } = access;
    if (action !== 'opaque') collector.access({ action, resource, usage, via, location, isUnselected });
  }
  for (const { what, resource } of body.opaque) collector.opaque(what, location, undefined, resource);
  for (const effect of body.effects) collector.effect(effect);
  for (const { target, sources } of body.flows) {
    collector.flows.add(
      target,
      sources.map((one) => flowSource({ ...one, via: one.via ?? via })),
    );
  }
  if (!body.isReadOnly) collector.locking();
}

/**
 * The same for a function that the text does not call by name: its result flows into what is being evaluated.
 * @param args the operands, or the value that is cast or checked
 */
export function execute(
  context: Context,
  fn: CatalogFunction,
  location?: number,
  via?: Via,
  args?: readonly Value[],
): Lineage {
  const details = args === undefined ? { location, via } : { location, via, args: args.map((value) => ({ value })) };
  const body = invoke(context, fn, details);
  if (body === undefined) return NO_LINEAGE;
  const lineage = afterCall(lineageOfRows(body.result), mergeLineages((args ?? []).map((arg) => arg.lineage)));
  context.inflow(lineage);
  return lineage;
}

/** Built-ins and contrib functions that run a query given as text, or read a table named by a string. */
function runsText(fn: CatalogFunction): boolean {
  if (fn.schema === 'pg_catalog') return unsafeReason(fn.name) === 'runsSqlText';
  return /^(dblink|crosstab|connectby|xpath_table)/.test(fn.name);
}

export function executeOid(
  context: Context,
  oid: number,
  location?: number,
  via?: Via,
  args?: readonly Value[],
): Lineage {
  const fn = context.env.index.functionByOid(oid);
  if (fn !== undefined) return execute(context, fn, location, via, args);
  if (!isBuiltinOid(oid))
    context.collector.opaque(`function with oid ${oid}, which the catalog does not show`, location);
  return NO_LINEAGE;
}

export function typeOfOid(context: Context, oid: number): StaticType {
  if (isBuiltinOid(oid)) return { kind: 'builtin', oid };
  const type = context.env.index.typeByOid(oid);
  return type === undefined ? UNDETERMINED : { kind: 'user', type };
}

/**
 * The value is handed to something that may convert it: an operator, a function, another arm of a UNION. Implicit casts of
 * its type run then (`'(17)'::customer_ref || 'x'` calls the cast to text), and to_json looks for a cast to json.
 */
export function consume(context: Context, value: Value, location?: number): void {
  if (value.type.kind === 'user')
    forEachPart(context, value.type.type, (type) => castsFrom(context, type, value, location));
  else if (value.type.kind === 'row') for (const field of value.fields ?? []) consume(context, field, location);
  // A type that we could not follow may be any of those that have a cast.
  else if (value.type.kind === 'undetermined') {
    for (const cast of context.env.index.catalog.userCasts) {
      executeOid(context, cast.functionOid, location, undefined, [value]);
    }
  }
}

function castsFrom(context: Context, type: CatalogType, value: Value, location?: number): void {
  for (const cast of context.env.index.userCastsTouching(type.oid)) {
    if (cast.sourceTypeOid === type.oid) executeOid(context, cast.functionOid, location, undefined, [value]);
  }
}

/** A value becomes one of `target`: casts from its type, CHECKs of domains (also inside of composites and arrays). */
export function convert(context: Context, value: Value, target: StaticType, location?: number, via?: Via): void {
  if (target.kind !== 'user') return consume(context, value, location);
  forEachPart(context, target.type, (type) => checkDomain(context, type, location, via, value));
  if (value.type.kind === 'user' && value.type.type.oid === target.type.oid) return;
  consume(context, value, location);
  // A constant or parameter goes through the type's input function, not through a cast.
  if (value.type.kind === 'literal') return;
  forEachPart(context, target.type, (type) => {
    for (const cast of context.env.index.userCastsTouching(type.oid)) {
      if (cast.targetTypeOid === type.oid && canBe(value.type, cast))
        executeOid(context, cast.functionOid, location, via, [value]);
    }
  });
}

/** An explicit cast to a built-in type runs exactly the casts with that target; an unknown source may be any of them. */
export function convertToBuiltin(context: Context, value: Value, targetOid: number, location?: number): void {
  if (value.type.kind === 'builtin' || value.type.kind === 'undetermined') {
    for (const cast of context.env.index.userCastsTouching(targetOid)) {
      if (cast.targetTypeOid === targetOid && canBe(value.type, cast))
        executeOid(context, cast.functionOid, location, undefined, [value]);
    }
  }
  consume(context, value, location);
}

function canBe(type: StaticType, cast: CatalogCast): boolean {
  if (type.kind === 'builtin') return isBuiltinOid(cast.sourceTypeOid);
  return type.kind !== 'user' || type.type.oid === cast.sourceTypeOid;
}

/** A value of the type is made of text or JSON: its domains are checked. */
export function construct(context: Context, type: StaticType, location?: number): void {
  if (type.kind === 'user') forEachPart(context, type.type, (part) => checkDomain(context, part, location));
}

/**
 * Untyped constants beside values of a type take that type: `domains @> '{x}'`, `array_append(domains, 'x')` and
 * `composite UNION SELECT '(x)'` make values of it, and check its domains.
 */
export function adoptTypes(context: Context, values: readonly Value[], location?: number): void {
  if (!values.some((value) => value.type.kind === 'literal')) return;
  for (const value of values) construct(context, value.type, location);
}

function checkDomain(context: Context, type: CatalogType, location?: number, via?: Via, value?: Value): void {
  for (const name of type.domainChecks) {
    const [schema, bare] = splitQualified(name);
    const candidates = context.env.index.resolveFunctions(context.env.namespace, { schema, name: bare });
    for (const fn of candidates) execute(context, fn, location, via, value === undefined ? undefined : [value]);
    if (candidates.length === 0) context.collector.opaque(`function ${name} in a CHECK of type ${type.name}`, location);
  }
}

/** `schema.name` as quote_ident writes it. */
export function splitQualified(qualified: string): readonly [string, string] {
  const parts = [...qualified.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map((match) =>
    match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'),
  );
  return parts.length < 2 ? ['pg_catalog', parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? ''];
}

/** The type itself, what a domain is over, elements of arrays and fields of composites, each once. */
export function forEachPart(context: Context, type: CatalogType, visit: (part: CatalogType) => void): void {
  const seen = new Set<number>();
  const pending = [type];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (seen.has(part.oid)) continue;
    seen.add(part.oid);
    visit(part);
    for (const oid of partOids(context, part)) {
      const inner = isBuiltinOid(oid) ? undefined : context.env.index.typeByOid(oid);
      if (inner !== undefined) pending.push(inner);
    }
  }
}

function partOids(context: Context, type: CatalogType): readonly number[] {
  const element = [type.elementOid, type.baseOid].filter((oid) => oid !== undefined);
  if (type.relationOid === undefined) return element;
  const relation = context.env.index.relationByOid(type.relationOid);
  return [...element, ...(relation?.columns ?? []).map((column) => column.typeOid)];
}
