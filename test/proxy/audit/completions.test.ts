import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditReader, openAuditReader } from '../../../proxy/audit/read.ts';
import type { AuditStore } from '../../../proxy/audit/store.ts';
import { completion, decision, event } from './entries.ts';
import { TempStores } from './temp-store.ts';

describe('completions that may wait', () => {
  let temp: TempStores;
  let later: (() => void)[];
  let store: AuditStore;
  let reader: AuditReader;
  beforeEach(() => {
    temp = new TempStores();
    later = [];
    store = temp.open({ completionDelayMs: 20, later: (run) => void later.push(run) });
    reader = openAuditReader(store.path);
  });
  afterEach(() => {
    reader.close();
    temp.remove();
  });
  const tick = (): void => {
    for (const run of later.splice(0)) run();
  };
  const noted = (): unknown => {
    const other = openAuditReader(store.path);
    const verification = other.verify();
    other.close();
    return verification;
  };

  it('leave decisions alone, and are committed together when their time has come', async () => {
    await store.append(decision());
    const first = store.append(completion(1));
    expect(await store.append(decision())).toBe(2);
    const second = store.append(completion(2));
    expect(reader.get(1)).not.toHaveProperty('completion', expect.anything());
    tick();
    expect(await Promise.all([first, second])).toEqual([3, 4]);
    expect(reader.get(1)).toMatchObject({ completion: { id: 3 } });
    expect(noted()).toMatchObject({ kind: 'intact', rows: 4 });
  });

  it('are committed when the store is closed', async () => {
    await store.append(decision());
    const waiting = store.append(completion(1));
    store.close();
    expect(await waiting).toBe(2);
    expect(noted()).toMatchObject({ kind: 'intact', rows: 2 });
  });

  it('need no more than one timer', async () => {
    await store.append(decision());
    void store.append(completion(1));
    await store.append(decision());
    expect(later).toHaveLength(1);
  });

  it('leave an unbroken chain that goes on where the last decision ended, even when the process dies before', async () => {
    await store.append(event());
    await store.append(decision());
    const unsettled = store.append(completion(2));
    await store.append(decision());
    expect(noted()).toMatchObject({ kind: 'intact', rows: 3 });
    expect(reader.head()).toEqual(store.head());
    tick();
    await unsettled;
    expect(reader.head()).toEqual(store.head());
  });

  it('are refused like anything else once too many entries wait', async () => {
    store.close();
    store = temp.open({ completionDelayMs: 20, later: () => undefined, maxQueued: 1 });
    await store.append(decision());
    const first = store.append(completion(1));
    await expect(store.append(completion(1))).rejects.toMatchObject({ sqlstate: '58030' });
    store.close();
    await first;
  });
});

describe('the end of the chain', () => {
  let temp: TempStores;
  beforeEach(() => {
    temp = new TempStores();
  });
  afterEach(() => temp.remove());

  it('is noted a moment after the last decision, so that rows cut off later are missed', async () => {
    const later: (() => void)[] = [];
    const store = temp.open({ completionDelayMs: 20, later: (run) => void later.push(run) });
    await store.append(event());
    await store.append(decision());
    for (const run of later.splice(0)) run();
    store.close();
    const { default: SQLite } = await import('better-sqlite3');
    const db = new SQLite(store.path);
    db.exec('DELETE FROM decision WHERE id = 2');
    db.close();
    const reader = openAuditReader(store.path);
    expect(reader.verify()).toMatchObject({ kind: 'broken', id: 2 });
    reader.close();
  });
});
