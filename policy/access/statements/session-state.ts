import type { Effect } from '../facts.ts';
import { unsupported } from '../refusal.ts';
import { str } from '../tree.ts';
import type { StatementRule } from './scene.ts';

type DiscardWhat = Extract<Effect, { kind: 'discard' }>['what'];

const DISCARDS: ReadonlyMap<string, DiscardWhat> = new Map([
  ['DISCARD_ALL', 'all'],
  ['DISCARD_PLANS', 'plans'],
  ['DISCARD_SEQUENCES', 'sequences'],
  ['DISCARD_TEMP', 'temp'],
]);

export const discard: StatementRule = (body, scene) => {
  const target = str(body, 'target') || 'DISCARD_ALL';
  const what = DISCARDS.get(target);
  if (what === undefined) throw unsupported(`DISCARD ${target}`);
  scene.collector.effect({ kind: 'discard', what });
  return `DISCARD ${what.toUpperCase()}`;
};

/** When deferred triggers run; which ones was judged with the writes that queued them. */
export const setConstraints: StatementRule = (_body, scene) => {
  scene.collector.locking();
  return 'SET CONSTRAINTS';
};
