import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Analyzer } from '../../policy/access/analyzer.ts';
import { createAnalyzer } from '../../policy/access/worker-analyzer.ts';
import { loadCatalog } from '../../policy/catalog/load.ts';
import { corpusSchema } from '../support/corpus.ts';
import { type CorpusRule, corpusRule } from '../support/corpus-rule.ts';
import { playRecord } from '../support/corpus-session.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { connectQuery } from '../support/query-fn.ts';

/**
 * Attacks and look-alikes written by a red team that had read the analysis, over the corpora's database and objects of
 * their own (own-schema.sql: code behind domains, keys, indexes, casts and operators; views of every shape).
 */
const ownRecord = z.object({ id: z.string(), category: z.string(), sequence: z.array(z.string()) });
type OwnRecord = z.infer<typeof ownRecord>;

/** The simulated session does not know SET LOCAL: test/e2e/own-attacks.test.ts plays it against the real one. */
const NEEDS_A_SESSION: ReadonlySet<string> = new Set(['BEGIN ;; SET LOCAL search_path = finance ;; COMMIT']);

let database: TestDatabase;
let analyzer: Analyzer;
let rule: CorpusRule;

beforeAll(async () => {
  database = await createTestDatabase(corpusSchema() + read('own-schema.sql'));
  const connected = await connectQuery(database);
  analyzer = await createAnalyzer({ catalog: await loadCatalog(connected.query, 1) });
  await connected.end();
  rule = corpusRule();
});

afterAll(async () => {
  await analyzer?.close();
  await database?.drop();
});

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

function records(name: string): readonly OwnRecord[] {
  const lines = read(name).split('\n').filter(Boolean);
  return lines.map((line) => ownRecord.parse(JSON.parse(line)));
}

async function whyRefused(record: OwnRecord): Promise<string | undefined> {
  const whole = { ...record, protocol: 'simple', reads: null, label: 'none', leaks: [], mutates: false, note: '' };
  return rule(await playRecord(whole, analyzer));
}

describe('our own corpora', () => {
  it('has every attack refused, and not by accident', { timeout: 120_000 }, async () => {
    const attacks = records('own-attacks.jsonl');
    expect(attacks.length).toBeGreaterThanOrEqual(1099);
    const failed: string[] = [];
    for (const record of attacks) {
      if (NEEDS_A_SESSION.has(record.sequence.slice(0, 3).join(' ;; '))) continue;
      const why = await whyRefused(record);
      if (why === undefined || /^(?:unknownName|internal|limit|syntax)/.test(why))
        failed.push(`${record.id} ${why ?? 'let through'}: ${record.sequence.join(' ;; ')}`);
    }
    expect(failed).toEqual([]);
  });

  it('lets pass what analysts, ORMs and BI tools send', { timeout: 120_000 }, async () => {
    const benign = records('own-benign.jsonl');
    expect(benign.length).toBeGreaterThanOrEqual(331);
    const failed: string[] = [];
    for (const record of benign) {
      const why = await whyRefused(record);
      if (why !== undefined) failed.push(`${record.id} ${why}: ${record.sequence.join(' ;; ')}`);
    }
    expect(failed).toEqual([]);
  });
});
