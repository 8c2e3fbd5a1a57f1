import { LOADING_SETTINGS, packedCatalog, USER_QUERIES } from '../../policy/catalog/load.ts';
import type { Namespace } from '../../policy/access/analyzer.ts';
import type { PackedCatalog } from '../../policy/catalog/packed-catalog.ts';
import { type PackedRows, PackedRowsBuilder } from '../../policy/catalog/packed-rows.ts';
import { askUpstream, splitRows } from './probe.ts';
import { type SessionState, throwIfEnded } from './session-state.ts';
import { settle } from './settle.ts';

/** Catalogs for transactions that ran DDL: nobody else sees yet what it changed. */
export type OwnCatalogs = {
  /** Everybody's, of the same database: the server's own objects are taken from it. */
  shared(): PackedCatalog;
  /** False: there is no room for one more. @throws when it cannot be used */
  use(id: string, catalog: PackedCatalog): Promise<boolean>;
  forget(id: string): void;
};

/** The statement that tells, and what it must tell: under the others the catalogs are not seen as names are resolved. */
const ISOLATION = "SELECT 1 WHERE pg_catalog.current_setting('transaction_isolation') = 'read committed'";
/** The savepoint takes the settings back; so nothing of the transaction is changed. */
const BEFORE = ['SAVEPOINT stepward_catalog', ...LOADING_SETTINGS];
const AFTER = ['ROLLBACK TO SAVEPOINT stepward_catalog', 'RELEASE SAVEPOINT stepward_catalog'];

/**
 * Reads the catalog as the session's own transaction sees it, on its own connection: what its DDL made can be named then.
 * @returns what names mean with it; undefined where it cannot be read: outside of a transaction block, inside of a batch
 *   (where an error could not be taken back), under an isolation that hides what others have committed
 * @throws SessionClosed
 */
export async function useOwnCatalog(session: SessionState): Promise<Namespace | undefined> {
  const { namespace, deps } = session;
  const catalogs = deps.ownCatalogs;
  if (catalogs === undefined || session.batch.isOpen) return undefined;
  await settle(session);
  if (session.status !== 'T') return undefined;
  dropOwnCatalog(session);
  const shared = catalogs.shared();
  const results = await readResults(session);
  if (results === undefined) return undefined;
  const id = namespace.nextCatalogId(deps.sessionId);
  if (!(await catalogs.use(id, packedCatalog(shared.version, shared.system, results)))) return undefined;
  if (session.ended) catalogs.forget(id);
  throwIfEnded(session);
  session.ownCatalog = { id, sharedVersion: shared.version };
  namespace.useCatalog(id);
  return namespace.current();
}

/** It is of no use any more: the transaction has ended, or has changed the schema again, or others have. */
export function dropOwnCatalog(session: SessionState): void {
  const { ownCatalog, deps, namespace } = session;
  if (ownCatalog === undefined) return;
  session.ownCatalog = undefined;
  namespace.useCatalog(undefined);
  deps.ownCatalogs?.forget(ownCatalog.id);
}

/** Whether it still is what the transaction sees. */
export function isOwnCatalogTrue({ ownCatalog, namespace, deps }: SessionState): boolean {
  if (ownCatalog === undefined) return true;
  return namespace.catalogId === ownCatalog.id && deps.ownCatalogs?.shared().version === ownCatalog.sharedVersion;
}

async function readResults(session: SessionState): Promise<ReadonlyMap<string, PackedRows> | undefined> {
  const questions = USER_QUERIES.map(([, sql]) => sql);
  const answers = await askUpstream(session, [ISOLATION, ...BEFORE, ...questions, ...AFTER], Number.MAX_SAFE_INTEGER);
  if (session.status === 'E') await askUpstream(session, AFTER, 0);
  const [isolation, ...others] = answers;
  const rows = others.slice(BEFORE.length, BEFORE.length + questions.length);
  if (isolation === undefined || isolation.length === 0 || answers.includes(undefined)) return undefined;
  return new Map(USER_QUERIES.map(([name], at) => [name, packed(rows[at] ?? Buffer.alloc(0))]));
}

function packed(messages: Buffer): PackedRows {
  const builder = new PackedRowsBuilder();
  for (const message of splitRows(messages)) builder.append(message.subarray(1));
  return builder.done();
}
