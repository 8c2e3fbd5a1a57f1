import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Access } from '../../policy/access/facts.ts';
import type { CarriedTags } from '../../policy/engine/decision.ts';
import { CarriedTagStore } from '../../proxy/carried-tags.ts';
import { createCarryTags } from '../../proxy/carry-tags.ts';
import { describeAccesses } from '../../proxy/session/denial.ts';
import { accessKey, coverageOf, coveredAccesses } from '../../proxy/stepup/coverage.ts';
import { openStateDb, type StateDb } from '../../proxy/stepup/state-db.ts';

const NOTE = { kind: 'column', schema: 'public', table: 'notes', column: 'text' } as const;
const SSN = { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' } as const;
const COPY: CarriedTags = { target: NOTE, tags: ['pii'], sources: [SSN, SSN] };

let folder = '';
let db: StateDb;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sw-carried-'));
  db = openStateDb(join(folder, 'state.db'));
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const storeOf = (): CarriedTagStore => new CarriedTagStore(db, () => 1000);

it('keeps carried tags over a restart', () => {
  const store = storeOf();
  store.carry([COPY], 'dba');
  for (const one of [store, storeOf()]) {
    expect(one.tagsOn(NOTE)).toEqual(['pii']);
    expect(one.tagsOn(SSN)).toEqual([]);
    expect(one.list()).toEqual([
      { target: 'public.notes.text', tag: 'pii', sources: ['public.customers.ssn'], person: 'dba', sinceMs: 1000 },
    ]);
  }
});

it('tells engines when an answer may have changed, and only then', () => {
  const store = storeOf();
  const versions = [store.version];
  store.carry([COPY], 'dba');
  versions.push(store.version);
  store.carry([COPY], 'dba');
  versions.push(store.version);
  store.drop('public.notes.text');
  versions.push(store.version);
  store.drop('public.notes.text');
  versions.push(store.version);
  expect(versions).toEqual(['0', '1', '1', '2', '2']);
});

it('carries nothing where it cannot be written', () => {
  const store = storeOf();
  db.exec('DROP TABLE carried_tag');
  expect(() => store.carry([COPY], 'dba')).toThrow('carried_tag');
  expect(store.tagsOn(NOTE)).toEqual([]);
});

it('drops one tag or all of a column', () => {
  const store = storeOf();
  store.carry([{ ...COPY, tags: ['pci', 'pii'] }], 'dba');
  expect(store.drop('public.notes.text', 'pci')).toEqual(['pci']);
  expect(storeOf().tagsOn(NOTE)).toEqual(['pii']);
  expect(store.drop('public.notes.text')).toEqual(['pii']);
  expect(storeOf().list()).toEqual([]);
});

it('writes an audit row for what is new', async () => {
  const rows: unknown[] = [];
  const audit = { append: async (entry: unknown) => rows.push(entry) };
  const carry = createCarryTags({ carried: storeOf(), audit, nowMs: () => 5 });
  const session = { address: '192.0.2.7', tls: true, application: 'psql', database: 'shop', role: 'app' };
  const subject = {
    principal: { id: 'dba', groups: ['dbas'] },
    sessionId: 's1',
    address: '192.0.2.7',
    application: 'psql',
    database: 'shop',
    context: () => ({ session, clock: { nowMs: 5, hour: 9, weekday: 2 } }),
    assurance: { methods: ['pwd'], aal: 1, provedAtMs: 5 } as const,
  };
  await carry([COPY], subject);
  await carry([COPY], subject);
  expect(rows).toMatchObject([
    {
      kind: 'event',
      type: 'tags.carried',
      subject: { principal: 'dba' },
      data: { target: 'public.notes.text', tag: 'pii', sources: ['public.customers.ssn'] },
    },
  ]);
});

it('a proof for a copy is one for that place, and the person reads which', () => {
  const copy = (table: string): Access => ({
    action: 'copy',
    resource: SSN,
    usage: 'output',
    target: { ...NOTE, table },
    isCopy: true,
    spans: [],
  });
  const covers = coveredAccesses([copy('notes')]);
  expect(covers).toEqual([{ action: 'copy', usage: 'output', resource: 'public.customers.ssn to public.notes.text' }]);
  const coverage = coverageOf(covers);
  expect([copy('notes'), copy('others')].map((one) => coverage.has(accessKey(one)))).toEqual([true, false]);
  expect(describeAccesses([copy('notes')])).toBe('copy customers.ssn to notes.text');
});
