import { unsupported } from '../refusal.ts';
import { bool, nodeOf, str } from '../tree.ts';
import type { StatementRule } from './scene.ts';

/** Charges the query at once; each FETCH is judged again by the session, which knows what the cursor reads. */
export const declareCursor: StatementRule = (body, scene) => {
  if (nodeOf(body['query'])?.tag !== 'SelectStmt') throw unsupported('DECLARE CURSOR for anything but a query');
  scene.analyse(body['query'], scene);
  scene.collector.effect({ kind: 'declareCursor', name: str(body, 'portalname') });
  return 'DECLARE CURSOR';
};

export const fetch: StatementRule = (body, scene) => {
  const name = str(body, 'portalname');
  const result = scene.local.cursors.get(name);
  if (result === undefined) scene.collector.effect({ kind: 'fetchCursor', name });
  else if (!bool(body, 'ismove')) scene.collector.result(result);
  return bool(body, 'ismove') ? 'MOVE' : 'FETCH';
};

export const closeCursor: StatementRule = (body, scene) => {
  const name = str(body, 'portalname');
  scene.collector.effect({ kind: 'closeCursor', name: name === '' ? undefined : name });
  return name === '' ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR';
};
