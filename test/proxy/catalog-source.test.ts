import { describe, expect, it } from 'vitest';
import { packRows } from '../../policy/catalog/packed-rows.ts';
import type { PackedCatalog } from '../../policy/catalog/packed-catalog.ts';
import { type CatalogSourceDeps, startCatalogSource } from '../../proxy/catalog-source.ts';

/** A database whose DDL is a counter, read through connections that can be cut. */
function fakeDatabase() {
  const state = { ddl: 0, isDown: false, connections: 0, nowMs: 1_000_000 };
  const used: number[] = [];
  const errors: unknown[] = [];
  const timers: (() => void)[] = [];
  const ask = async (): Promise<string> => {
    if (state.isDown) throw new Error('down');
    return String(state.ddl);
  };
  const catalog = (version: number): PackedCatalog => ({
    kind: 'packed',
    version,
    results: new Map(),
    system: new Map(),
  });
  const deps: CatalogSourceDeps = {
    connect: async () => {
      state.connections += 1;
      if (state.isDown) throw new Error('down');
      return { query: async () => packRows([[await ask()]]), close: () => undefined };
    },
    fingerprint: async () => ({ snapshot: undefined, rows: '', exact: await ask() }),
    load: async (_query, version) => {
      await ask();
      return catalog(version);
    },
    use: async ({ version }) => void used.push(version),
    refreshMs: 5000,
    nowMs: () => state.nowMs,
    setTimer: (run) => {
      timers.push(run);
      return () => undefined;
    },
    onError: (error) => errors.push(error),
  };
  return { state, used, errors, timers, deps };
}

describe('the catalog source', () => {
  it('does not start without a first snapshot', async () => {
    const { state, deps } = fakeDatabase();
    state.isDown = true;
    await expect(startCatalogSource(deps)).rejects.toThrow('down');
  });

  it('notices DDL made elsewhere when it is asked again, and not twice', async () => {
    const { state, used, deps } = fakeDatabase();
    const source = await startCatalogSource(deps);
    state.ddl = 1;
    state.nowMs += 2000;
    expect(await source.recheck()).toBe(true);
    state.nowMs += 2000;
    expect(await source.recheck()).toBe(false);
    expect(used).toEqual([1, 2]);
  });

  it('does not ask again at once, and waits the longer the longer asking takes', async () => {
    const { state, used, deps } = fakeDatabase();
    const source = await startCatalogSource({
      ...deps,
      fingerprint: async (query) => {
        state.nowMs += 60;
        return deps.fingerprint(query);
      },
    });
    state.ddl = 1;
    expect(await source.recheck()).toBe(false);
    state.nowMs += 200;
    expect(await source.recheck()).toBe(true);
    state.ddl = 2;
    state.nowMs += 200;
    expect(await source.recheck()).toBe(false);
    state.nowMs += 600;
    expect(await source.recheck()).toBe(true);
    expect(used).toEqual([1, 2, 3]);
  });

  it('connects again after the connection was lost', async () => {
    const { state, deps } = fakeDatabase();
    let fails = 1;
    const source = await startCatalogSource({
      ...deps,
      fingerprint: async (query) => {
        if (fails-- === 0) throw new Error('connection lost');
        return deps.fingerprint(query);
      },
    });
    state.ddl = 1;
    state.nowMs += 2000;
    expect(await source.recheck()).toBe(true);
    expect(state.connections).toBe(2);
  });

  it('is not fresh while DDL is known that it could not read, and is again afterwards', async () => {
    const { state, used, errors, deps } = fakeDatabase();
    const source = await startCatalogSource(deps);
    state.isDown = true;
    await expect(source.refresh()).rejects.toThrow('down');
    expect(await source.fresh()).toBe(false);
    expect(errors).toHaveLength(1);
    state.isDown = false;
    expect(await source.fresh()).toBe(true);
    expect(source.fresh()).toBe(true);
    expect(used).toEqual([1, 2]);
  });

  it('is not fresh before it has read the DDL that came while it was reading', async () => {
    const { used, deps } = fakeDatabase();
    const waiting: (() => void)[] = [];
    let isSlow = false;
    const source = await startCatalogSource({
      ...deps,
      load: async (query, version) => {
        const catalog = await deps.load(query, version);
        if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
        return catalog;
      },
    });
    isSlow = true;
    const first = source.refresh();
    await expect.poll(() => waiting.length).toBe(1);
    const second = source.refresh();
    waiting[0]?.();
    await first;
    expect(source.fresh()).not.toBe(true);
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.();
    await second;
    isSlow = false;
    expect(await source.fresh()).toBe(true);
    expect(source.fresh()).toBe(true);
    expect(used.length).toBeGreaterThanOrEqual(3);
  });

  it('is not fresh when it could not look for too long', async () => {
    const { state, deps } = fakeDatabase();
    const source = await startCatalogSource(deps);
    state.nowMs += 60_000;
    state.isDown = true;
    expect(await source.fresh()).toBe(false);
  });
});
