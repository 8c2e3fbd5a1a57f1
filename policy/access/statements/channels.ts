import { str } from '../tree.ts';
import type { StatementRule } from './scene.ts';

/** What others notify reaches the session from now on. */
export const listen: StatementRule = (body, scene) => {
  const name = str(body, 'conditionname');
  scene.collector.access({ action: 'listen', resource: { kind: 'channel', name }, usage: 'none' });
  return 'LISTEN';
};

/** Hearing less needs no right; drivers reset their connections with UNLISTEN *. */
export const unlisten: StatementRule = () => 'UNLISTEN';

export const notify: StatementRule = (body, scene) => {
  const name = str(body, 'conditionname');
  scene.collector.access({ action: 'notify', resource: { kind: 'channel', name }, usage: 'none' });
  return 'NOTIFY';
};
