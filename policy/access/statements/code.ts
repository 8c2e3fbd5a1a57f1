import { flowSource } from '../flows.ts';
import { analyseDoBlock, analyseQuery } from '../query/query.ts';
import type { BodyFacts, BodyHooks } from '../query/body-facts.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import { bodyOf, list, nodeOf, str, stringOf, type Tree, tree } from '../tree.ts';
import { resultOf } from './result.ts';
import { NO_LOCAL_NAMES, type Scene, type StatementRule } from './scene.ts';
import { onSpecialCall } from './special-calls.ts';
import { writeTemps } from './temp-writes.ts';

/** CALL is judged like a function; what is not seen through may do anything, DDL included. */
export const call: StatementRule = (body, scene) => {
  const funccall = tree(body, 'funccall');
  if (funccall === undefined) throw unsupported('CALL without a procedure');
  const outputs = analyseQuery({ SelectStmt: asSelect(funccall) }, scene.env, scene.collector, 'output');
  // One row with the INOUT and OUT parameters: how many is the procedure's matter.
  scene.collector.result(resultOf(outputs.map((one) => ({ ...one, isOpen: true }))));
  scene.collector.locking();
  if (isAnythingHidden(scene)) scene.collector.effect({ kind: 'ddl' });
  return 'CALL';
};

function asSelect(funccall: Tree): object {
  return { targetList: [{ ResTarget: { val: { FuncCall: funccall } } }], op: 'SETOP_NONE' };
}

function isAnythingHidden(scene: Scene): boolean {
  return scene.collector.accesses().some(({ action, resource }) => {
    if (action === 'opaque') return true;
    return action === 'execute' && resource.kind === 'function' && resource.isSeenThrough !== true;
  });
}

/** DO: PL/pgSQL is analysed like the body of a function; whatever else is in it may do anything. */
export const doStatement: StatementRule = (body, scene) => {
  const facts = readBlock(body, scene);
  scene.collector.locking();
  if (facts === undefined || facts.opaque.length > 0) {
    scene.collector.access({ action: 'ddl', resource: { kind: 'database' }, usage: 'none' });
    scene.collector.effect({ kind: 'ddl' });
  }
  if (facts === undefined) scene.collector.opaque('DO');
  else reportBlock(facts, scene);
  return 'DO';
};

function readBlock(body: Tree, scene: Scene): BodyFacts | undefined {
  const options = list(body, 'args').map((item) => bodyOf(item, 'DefElem') ?? {});
  const language = options.find((option) => str(option, 'defname') === 'language');
  const text = stringOf(options.find((option) => str(option, 'defname') === 'as')?.['arg']);
  if (text === undefined || (language !== undefined && stringOf(language['arg']) !== 'plpgsql')) return undefined;
  try {
    return analyseDoBlock(text, scene.env, scene.collector);
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    return undefined;
  }
}

function reportBlock(facts: BodyFacts, scene: Scene): void {
  const { collector } = scene;
  for (const { access, isUnselected } of facts.accesses) {
    if (access.action !== 'opaque') collector.access({ ...access, isUnselected });
  }
  for (const { what, resource } of facts.opaque) collector.opaque(what, undefined, undefined, resource);
  for (const effect of facts.effects) collector.effect(effect);
  for (const { target, sources } of facts.flows) collector.flows.add(target, sources.map(flowSource));
}

/** What the bodies of functions need of the statements' rules. */
export function bodyHooks(analyse: Scene['analyse']): BodyHooks {
  const sceneOf = (env: Scene['env'], collector: Scene['collector']): Scene => ({
    env,
    collector,
    text: '',
    span: { start: 0, end: 0 },
    local: NO_LOCAL_NAMES,
    analyse,
  });
  return {
    onSpecialCall,
    utility: (node, env, collector) => {
      analyse(node, sceneOf(env, collector));
    },
    afterQuery: (node, env, collector) => writeTemps(nodeOf(node)?.body ?? {}, sceneOf(env, collector)),
  };
}
