import { namespaceKey } from '../functions/body-key.ts';
import type { Context } from './context.ts';

/** Sessions differ in search_path and temporary tables: kept answers that depend on them are bounded. */
const MAX_KEPT = 20_000;

type Work<Facts> = {
  readonly read: () => Facts;
  /** The same is being worked out already. */
  readonly again: () => Facts;
};

/**
 * An answer about an object of the catalog, worked out once; once for each session where the bodies of functions, which run in
 * the session's namespace, have a part in it.
 */
export function remembered<Facts>(
  context: Context,
  memo: Map<string, Facts | 'inProgress'>,
  oid: number,
  work: Work<Facts>,
): Facts {
  const { env, visits } = context;
  const own = `${oid}`;
  const forSession = `${oid} ${namespaceKey(env.session ?? env.namespace, env.memo)}`;
  const known = memo.get(own) ?? memo.get(forSession);
  if (known === 'inProgress') return work.again();
  // A function has a part in it: whoever asks depends on the session as well.
  if (known !== undefined) {
    if (!memo.has(own)) visits.useSession();
    return known;
  }
  const before = { sessionUses: visits.sessionUses, repeats: visits.repeats };
  memo.set(own, 'inProgress');
  try {
    const facts = work.read();
    memo.delete(own);
    if (memo.size >= MAX_KEPT) memo.clear();
    const isWhole = visits.repeats === before.repeats;
    if (isWhole) memo.set(visits.sessionUses === before.sessionUses ? own : forSession, facts);
    return facts;
  } catch (error) {
    memo.delete(own);
    throw error;
  }
}
