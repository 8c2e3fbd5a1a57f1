import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { Analysis, Analyzer, Namespace, OwnCatalogs } from '../../../../policy/access/analyzer.ts';
import { createAnalyzer } from '../../../../policy/access/worker-analyzer.ts';
import { readCatalog } from '../../../../policy/catalog/load.ts';
import type { PackedCatalog } from '../../../../policy/catalog/packed-catalog.ts';
import { packRows } from '../../../../policy/catalog/packed-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';
import { PUBLIC } from '../statements/reading.ts';

const MAX_NESTING = 1_000_000;
const BREAKS_THE_PARSER = `SELECT ${'(SELECT '.repeat(4000)}1${')'.repeat(4000)}`;

let database: TestDatabase;
let before: PackedCatalog;
let after: PackedCatalog;
let analyzer: Analyzer & OwnCatalogs;

async function read(version: number): Promise<PackedCatalog> {
  const connected = await connectQuery(database);
  try {
    return await readCatalog(async (sql) => packRows(await connected.query(sql)), version);
  } finally {
    await connected.end();
  }
}

beforeAll(async () => {
  database = await createTestDatabase('CREATE TABLE public.old (a int)');
  before = await read(1);
  await database.query('CREATE TABLE public.made (b int)');
  after = await read(1);
});
afterAll(async () => database?.drop());
beforeEach(async () => {
  const limits = { maxNesting: MAX_NESTING, timeoutMs: 15_000 };
  analyzer = await createAnalyzer({ limits, secondReader: { mode: 'off' } });
  await analyzer.useCatalog(before);
});
afterEach(async () => analyzer.close());

const ofSession = (catalogId: string): Namespace => ({ ...PUBLIC, catalogId, key: `${PUBLIC.key} ${catalogId}` });
const causeOf = (analysis: Analysis): string => (analysis.kind === 'facts' ? 'facts' : analysis.refusal.cause);

describe('a catalog of its own', () => {
  it('counts for its own namespaces and for no others', async () => {
    expect(await analyzer.useOwnCatalog('one', after)).toBe(true);
    expect(causeOf(await analyzer.analyze('SELECT b FROM made', ofSession('one')))).toBe('facts');
    expect(causeOf(await analyzer.analyze('SELECT b FROM made', PUBLIC))).toBe('unknownName');
  });

  it('is refused, not guessed, once it is forgotten', async () => {
    await analyzer.useOwnCatalog('one', after);
    analyzer.forgetOwnCatalog('one');
    expect(causeOf(await analyzer.analyze('SELECT a FROM old', ofSession('one')))).toBe('internal');
  });

  it('is given to the thread that takes the place of a broken one', async () => {
    await analyzer.useOwnCatalog('one', after);
    await analyzer.analyze(BREAKS_THE_PARSER, PUBLIC);
    expect(causeOf(await analyzer.analyze('SELECT b FROM made', ofSession('one')))).toBe('facts');
  });

  it('is bounded in number, and has room again when one is forgotten', async () => {
    const taken: boolean[] = [];
    for (let at = 0; at < 9; at += 1) taken.push(await analyzer.useOwnCatalog(`n${at}`, after));
    expect(taken.indexOf(false)).toBe(8);
    analyzer.forgetOwnCatalog('n0');
    expect(await analyzer.useOwnCatalog('n9', after)).toBe(true);
  });

  it('that cannot be read is no reason to replace the thread', async () => {
    const broken: PackedCatalog = { ...after, results: new Map() };
    await expect(analyzer.useOwnCatalog('one', broken)).rejects.toThrow('no result of "server"');
    expect(causeOf(await analyzer.analyze('SELECT a FROM old', PUBLIC))).toBe('facts');
  });
});
