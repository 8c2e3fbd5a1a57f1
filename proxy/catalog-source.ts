import type { Catalog } from '../policy/catalog/catalog.ts';
import type { CatalogFingerprint } from '../policy/catalog/fingerprint.ts';
import type { PackedQueryFn } from '../policy/catalog/load.ts';
import type { PackedCatalog } from '../policy/catalog/packed-catalog.ts';
import { unpackCatalog } from '../policy/catalog/unpack.ts';

/** A connection of stepward's own to read the catalog with. */
export type CatalogConnection = { readonly query: PackedQueryFn; close(): void };

export type CatalogSourceDeps = {
  readonly connect: () => Promise<CatalogConnection>;
  readonly load: (query: PackedQueryFn, version: number) => Promise<PackedCatalog>;
  /** `exact` changes with any DDL. */
  readonly fingerprint: (query: PackedQueryFn, before?: CatalogFingerprint) => Promise<CatalogFingerprint>;
  /** Called with each new snapshot, awaited before anything is judged against it. */
  readonly use: (catalog: PackedCatalog) => Promise<void>;
  readonly refreshMs: number;
  readonly nowMs: () => number;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  readonly onError: (error: unknown) => void;
};

export type CatalogSource = {
  /** Reads the catalog at once, whatever the fingerprint says. @throws when it cannot be read */
  refresh(): Promise<void>;
  /** Asks for changes made elsewhere, unless that was asked a moment ago; true when there were some. Never rejects. */
  recheck(): Promise<boolean>;
  /**
   * Does the snapshot hold? true at once in the usual case. Where DDL is known to be missing from it, or the last
   * successful look is too long ago, it looks now and tells in the end.
   */
  fresh(): true | Promise<boolean>;
  /** The latest snapshot, its parts read when they are asked for. */
  current(): Catalog;
  /** The same, for whoever wants to read all of it and keep nothing. */
  packed(): PackedCatalog;
  stop(): void;
};

/** Between looks that statements ask for: a wrong name costs a look, so they may take a tenth of the time at most. */
const RECHECK_MS = 100;
const RECHECK_COST = 10;
/** How many polls may fail before statements wait for a successful one, and are refused without. */
const PATIENCE = 6;

/**
 * Keeps the catalog snapshot true: polls a fingerprint, and reads everything anew when it moved.
 * @throws when the first snapshot cannot be read
 */
export async function startCatalogSource(deps: CatalogSourceDeps): Promise<CatalogSource> {
  let connection: CatalogConnection | undefined;
  let catalog: PackedCatalog | undefined;
  let unpacked: Catalog | undefined;
  let fingerprint: CatalogFingerprint | undefined;
  let lookedAtMs = deps.nowMs();
  /** What the last look took. */
  let lookMs = 0;
  /** Counts DDL that is known of, and how much of it the snapshot has: one may come while an earlier one is read. */
  let known = 0;
  let read = 0;
  let isStopped = false;
  let cancelTimer = () => {};
  let catchUp: Promise<boolean> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** One job at a time on the one connection; a failed connection is replaced once. */
  const run = <T>(job: (query: PackedQueryFn) => Promise<T>): Promise<T> => {
    const result = turn.then(async () => {
      try {
        connection ??= await deps.connect();
        return await job(connection.query);
      } catch {
        connection?.close();
        connection = undefined;
        connection = await deps.connect();
        return await job(connection.query);
      }
    });
    turn = result.catch(() => undefined);
    return result;
  };

  const readAll = async (query: PackedQueryFn) => {
    const upTo = known;
    const before = await deps.fingerprint(query, fingerprint);
    const next = await deps.load(query, (catalog?.version ?? 0) + 1);
    await deps.use(next);
    catalog = next;
    unpacked = undefined;
    fingerprint = before;
    lookedAtMs = deps.nowMs();
    read = upTo;
  };

  const look = async (query: PackedQueryFn): Promise<boolean> => {
    const startedAtMs = deps.nowMs();
    const now = await deps.fingerprint(query, fingerprint);
    lookMs = deps.nowMs() - startedAtMs;
    if (now.exact !== fingerprint?.exact || read < known) {
      await readAll(query);
      return true;
    }
    fingerprint = now;
    lookedAtMs = deps.nowMs();
    return false;
  };

  const poll = () => {
    cancelTimer = deps.setTimer(() => {
      run(look)
        .catch(deps.onError)
        .finally(() => {
          if (!isStopped) poll();
        });
    }, deps.refreshMs);
  };

  const packed = (): PackedCatalog => {
    if (catalog === undefined) throw new Error('the catalog has not been read yet');
    return catalog;
  };

  await run(readAll);
  poll();
  return {
    refresh: async () => {
      known += 1;
      await run(readAll);
    },
    recheck: async () => {
      if (deps.nowMs() - lookedAtMs < Math.max(RECHECK_MS, RECHECK_COST * lookMs)) return false;
      try {
        return await run(look);
      } catch (error) {
        deps.onError(error);
        return false;
      }
    },
    fresh: () => {
      if (read === known && deps.nowMs() - lookedAtMs < PATIENCE * Math.max(deps.refreshMs, 5000)) return true;
      catchUp ??= run(look)
        .then(() => true)
        .catch((error: unknown) => {
          deps.onError(error);
          return false;
        })
        .finally(() => {
          catchUp = undefined;
        });
      return catchUp;
    },
    current: () => {
      unpacked ??= unpackCatalog(packed());
      return unpacked;
    },
    packed,
    stop: () => {
      isStopped = true;
      cancelTimer();
      connection?.close();
    },
  };
}
