import { rmSync, statSync, writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditReader } from '../../../proxy/audit/read.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';
import { completion, decision, event, NINE } from './entries.ts';
import { TempStores } from './temp-store.ts';

const sqlstateOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof PgError ? error.sqlstate : String(error)),
  );

describe('the audit store', () => {
  let temp: TempStores;
  beforeEach(() => {
    temp = new TempStores();
  });
  afterEach(() => temp.remove());

  it('numbers decisions, completions and events in one sequence, in the order of append', async () => {
    const store = temp.open();
    const ids = await Promise.all([store.append(event()), store.append(decision()), store.append(completion(2))]);
    expect(ids).toEqual([1, 2, 3]);
    expect(await store.append(decision())).toBe(4);
  });

  it('commits the entries of one turn in one transaction, and resolves none of them before', async () => {
    const flushes: (() => void)[] = [];
    const store = temp.open({ schedule: (flush) => flushes.push(flush) });
    const settled: number[] = [];
    const all = [decision(), decision(), decision()].map((entry) => store.append(entry).then((id) => settled.push(id)));
    await Promise.resolve();
    const reader = openAuditReader(store.path);
    expect([flushes.length, settled.length, reader.head().id]).toEqual([1, 0, 0]);
    flushes[0]?.();
    expect(reader.head().id).toBe(3);
    await Promise.all(all);
    expect(settled).toEqual([1, 2, 3]);
    reader.close();
  });

  it('gives back what was appended, with its completion', async () => {
    const store = temp.open();
    const entry = decision({
      verdict: 'refuse',
      denied: [{ action: 'select', resource: 'public.customers.ssn', policies: ['pii'] }],
      sqlstate: '42501',
      message: 'permission denied for column "ssn" of table customers',
      challengeId: 'c1',
      grantIds: ['g1', 'g2'],
    });
    const id = await store.append(entry);
    await store.append(completion(id));
    const reader = openAuditReader(store.path);
    expect(reader.get(id)).toMatchObject({ kind: 'decision', id, entry, completion: { id: 2, entry: completion(id) } });
    reader.close();
  });

  it('keeps a refusal of analysis (no facts) and a login before a person is known', async () => {
    const store = temp.open();
    const subject = { ...decision().subject, principal: undefined };
    const id = await store.append(decision({ facts: undefined, subject, verdict: 'refuse' }));
    const eventId = await store.append(event({ type: 'login.refused', subject: { address: '10.0.0.9' } }));
    const reader = openAuditReader(store.path);
    expect(reader.get(id)).toMatchObject({ entry: { facts: undefined, subject: { principal: undefined } } });
    expect(reader.get(eventId)).toMatchObject({ entry: { type: 'login.refused', subject: { address: '10.0.0.9' } } });
    reader.close();
  });

  it('stores a text, its facts and a context once, however often and whenever they come', async () => {
    const store = temp.open();
    for (let i = 0; i < 20; i++) {
      const { context } = decision();
      const assurance = { ...context.assurance, ageMs: i * 1_000 };
      const clock = { ...context.clock, nowMs: NINE + i };
      await store.append(decision({ context: { ...context, clock, assurance } }));
    }
    store.close();
    const db = new SQLite(store.path, { readonly: true });
    const counts = ['statement_text', 'facts', 'context', 'subject', 'grounds'].map((table) =>
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
    expect(counts).toEqual([1, 1, 1, 1, 1]);
    db.close();
  });

  it('goes on with the sequence and the chain when it is opened again', async () => {
    const a = temp.open();
    await Promise.all([a.append(decision()), a.append(event())]);
    a.close();
    const b = temp.open();
    expect(await b.append(decision())).toBe(3);
    const reader = openAuditReader(b.path);
    expect(reader.verify()).toMatchObject({ kind: 'intact', rows: 3, head: b.head() });
    reader.close();
  });

  it('commits what is queued when it is closed, and refuses what comes later', async () => {
    const store = temp.open({ schedule: () => undefined });
    const queued = store.append(decision());
    store.close();
    expect(await queued).toBe(1);
    expect(await sqlstateOf(store.append(decision()))).toBe('58030');
  });

  it.each([
    ['process', 1],
    ['power', 2],
  ] as const)('writes ahead, and with durability %s asks SQLite for synchronous level %i', (durability, level) => {
    const opened: SQLite.Database[] = [];
    temp.open({
      durability,
      connect: (path) => {
        const db = new SQLite(path);
        opened.push(db);
        return db;
      },
    });
    const pragmas = ['journal_mode', 'synchronous'].map((name) => opened[0]?.pragma(name, { simple: true }));
    expect(pragmas).toEqual(['wal', level]);
  });

  it('lets nobody but its own account read the file', () => {
    const store = temp.open();
    const modes = ['', '-wal', '-shm', '.lock'].map((suffix) => statSync(store.path + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600, 0o600]);
  });

  it('keeps texts with NUL, lone surrogates and every kind of quote, and a chain that holds', async () => {
    const store = temp.open();
    const texts = ['a\0b', 'x \ud800 y', `"'$$\\`, '', '日本語 🐘', 'e\u0301'];
    await Promise.all(texts.map((text) => store.append(decision({ text, facts: undefined, message: text }))));
    const reader = openAuditReader(store.path);
    expect(reader.verify()).toMatchObject({ kind: 'intact', rows: texts.length });
    expect(reader.last({}, 10).map((r) => r.kind === 'decision' && r.entry.text)).toEqual(
      texts.map((text) => text.toWellFormed()),
    );
    reader.close();
  });
});

describe('the audit store when it cannot be written', () => {
  let temp: TempStores;
  beforeEach(() => {
    temp = new TempStores();
  });
  afterEach(() => temp.remove());

  it('rejects the whole batch with 58030 while another process holds the write lock, and recovers by itself', async () => {
    const store = temp.open();
    await store.append(decision());
    const other = new SQLite(store.path);
    other.exec('BEGIN IMMEDIATE');
    const refused = await Promise.all([store.append(decision()), store.append(event())].map(sqlstateOf));
    expect(refused).toEqual(['58030', '58030']);
    expect(await sqlstateOf(store.append(decision()))).toBe('58030');
    other.exec('ROLLBACK');
    other.close();
    expect(await store.append(decision())).toBe(2);
    const lines = temp.log.map(({ level, message }) => `${level}: ${message}`);
    expect(lines.slice(1)).toEqual([
      'error: the audit store cannot be written; statements are refused',
      'info: the audit store can be written again',
    ]);
  });

  it('rejects a batch on a full disk, acknowledges none of it, and goes on when there is room', async () => {
    const opened: SQLite.Database[] = [];
    const store = temp.open({
      connect: (path) => {
        const db = new SQLite(path);
        opened.push(db);
        return db;
      },
    });
    await store.append(decision());
    const head = store.head();
    const pages = Number(opened[0]?.pragma('page_count', { simple: true }));
    opened[0]?.pragma(`max_page_count = ${pages}`);
    const big = decision({ text: `select '${'x'.repeat(100_000)}'`, facts: undefined });
    expect(await Promise.all([store.append(decision()), store.append(big)].map(sqlstateOf))).toEqual([
      '58030',
      '58030',
    ]);
    expect(store.head()).toEqual(head);
    opened[0]?.pragma('max_page_count = 1000000');
    expect(await store.append(big)).toBe(2);
    const reader = openAuditReader(store.path);
    expect(reader.verify()).toMatchObject({ kind: 'intact', rows: 2 });
    reader.close();
  });

  it('does not let one bad entry spoil the others of its batch', async () => {
    const store = temp.open();
    const ids = await Promise.allSettled([
      store.append(decision()),
      store.append(completion(999)),
      store.append(decision({ atMs: Number.NaN })),
      store.append(completion(1)),
      store.append(completion(1)),
      store.append(decision()),
    ]);
    expect(ids.map((result) => (result.status === 'fulfilled' ? result.value : 'rejected'))).toEqual([
      1,
      'rejected',
      'rejected',
      2,
      'rejected',
      3,
    ]);
    const reader = openAuditReader(store.path);
    expect(reader.verify()).toMatchObject({ kind: 'intact', rows: 3 });
    reader.close();
  });

  it('refuses more entries in one turn than its queue holds', async () => {
    const store = temp.open({ maxQueued: 2 });
    const all = [1, 2, 3].map(() => sqlstateOf(store.append(decision())));
    expect(await Promise.all(all)).toEqual(['resolved', 'resolved', '58030']);
    expect(await store.append(decision())).toBe(3);
  });

  it('acknowledges nothing once its file has been removed or replaced', async () => {
    const store = temp.open();
    await store.append(decision());
    rmSync(store.path);
    expect(await sqlstateOf(store.append(decision()))).toBe('58030');
    writeFileSync(store.path, '');
    expect(await sqlstateOf(store.append(decision()))).toBe('58030');
  });
});
