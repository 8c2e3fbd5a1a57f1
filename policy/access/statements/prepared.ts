import { scanSync } from 'libpg-query';
import { Collector } from '../collector.ts';
import { type Access, type NewTable, resourceKey, type Span, type StatementFacts } from '../facts.ts';
import { withParameterTypes } from '../parameter-types.ts';
import { leadingSpace } from '../parse.ts';
import { analyseExpression, resolveTypeUse, typeOidOf } from '../query/query.ts';
import { unsound, unsupported } from '../refusal.ts';
import { textOffsets } from '../text-offsets.ts';
import { bodyOf, bool, list, str, type Tree } from '../tree.ts';
import type { Scene, StatementRule } from './scene.ts';

/**
 * PREPARE reads nothing: EXECUTE is judged, with the names as they are then. The body is analysed all the same, so that
 * what could not be judged is refused before it has a name.
 */
export const prepare: StatementRule = (body, scene) => {
  // A parameter of a type with code of its own (a domain, a user's cast) calls that code when EXECUTE gives it a value.
  for (const type of list(body, 'argtypes')) {
    const typeName = bodyOf(type, 'TypeName');
    if (typeName !== undefined) resolveTypeUse(typeName, scene.env, scene.collector);
  }
  const facts = factsOf(body['query'], scene);
  refuseTypesWithCode(body, facts, scene);
  if (facts.effects.some((effect) => effect.kind === 'set')) {
    throw unsound('set_config cannot be prepared with PREPARE', 'use SET, or a statement prepared by the protocol');
  }
  scene.collector.effect({ kind: 'prepare', name: str(body, 'name'), body: bodySpan(scene) });
  return 'PREPARE';
};

function factsOf(query: unknown, scene: Scene): StatementFacts {
  const scratch: Scene = { ...scene, collector: new Collector(scene.env.toSpan) };
  const kind = scene.analyse(query, scratch);
  return scratch.collector.finish(kind, scene.span);
}

/**
 * EXECUTE is judged by the body's text, which does not show the types. Attack otherwise: PREPARE p(customer_ref) AS
 * SELECT $1 || '' calls the type's cast to text.
 */
function refuseTypesWithCode(body: Tree, untyped: StatementFacts, scene: Scene): void {
  const types = list(body, 'argtypes').map((type) => bodyOf(type, 'TypeName'));
  // A type that the catalog does not show (a temporary table's row) is no built-in: any code may be its.
  const oids = types.map((type) => (type === undefined ? 0 : (typeOidOf(type, scene.env, scene.collector) ?? UNKNOWN)));
  if (oids.every((oid) => oid === 0)) return;
  const namespace = withParameterTypes(scene.env.namespace, oids);
  const typed = factsOf(body['query'], { ...scene, env: { ...scene.env, namespace } });
  const known = new Set(untyped.accesses.map(keyOf));
  if (typed.accesses.every((access) => known.has(keyOf(access)))) return;
  throw unsupported('PREPARE with a parameter of a type that calls functions');
}

const UNKNOWN = 0xffff_ffff;

function keyOf({ action, resource }: Access): string {
  return `${action} ${resourceKey(resource)}`;
}

/** Judged as the statement it runs: one that this text prepared is known here, all others the session links. */
export const execute: StatementRule = (body, scene) => {
  runPrepared(body, scene);
  return 'EXECUTE';
};

/** @param into CREATE TABLE AS EXECUTE: where the rows go */
export function runPrepared(body: Tree, scene: Scene, into?: NewTable): void {
  const name = str(body, 'name');
  for (const parameter of list(body, 'params')) analyseExpression(parameter, scene.env, scene.collector);
  const prepared = scene.local.prepared.get(name);
  if (prepared !== undefined) scene.analyse(prepared, scene);
  else scene.collector.effect({ kind: 'executePrepared', name, ...(into === undefined ? {} : { into }) });
}

export const deallocate: StatementRule = (body, scene) => {
  const isAll = bool(body, 'isall') || str(body, 'name') === '';
  scene.collector.effect({ kind: 'deallocate', name: isAll ? undefined : str(body, 'name') });
  return isAll ? 'DEALLOCATE ALL' : 'DEALLOCATE';
};

/** The prepared statement's own text: what follows the first AS outside of the list of types. */
function bodySpan(scene: Scene): Span {
  const own = scene.text.slice(scene.span.start, scene.span.end);
  // In the body of a function, which has no places: that it prepares is refused where the body is judged.
  if (own === '') return scene.span;
  const offsets = textOffsets(own);
  let depth = 0;
  for (const token of scanSync(own).tokens) {
    if (token.text === '(') depth += 1;
    else if (token.text === ')') depth -= 1;
    else if (depth === 0 && token.text.toLowerCase() === 'as') {
      const after = offsets.toSpan(token.end, 0).start;
      return { start: scene.span.start + after + leadingSpace(own.slice(after)), end: scene.span.end };
    }
  }
  throw unsupported('PREPARE without AS');
}
