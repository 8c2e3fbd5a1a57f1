import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis, Analyzer } from '../../../../policy/access/analyzer.ts';
import { createAnalyzer } from '../../../../policy/access/worker-analyzer.ts';
import type { Catalog } from '../../../../policy/catalog/catalog.ts';
import { PUBLIC } from '../statements/reading.ts';
import { TINY } from '../statements/tiny-catalog.ts';

/** PostgreSQL: two strings. A reader that takes \' for an escaped quote: a string, a sub-select and a string. */
const TWO_WAYS = `SELECT '\\' , ' , (SELECT ssn FROM customers) , ' --'`;
const PATIENT = { timeoutMs: 15_000 } as const;
const WITHOUT_SECOND = { limits: PATIENT, secondReader: { mode: 'off' } } as const;

let analyzer: Analyzer;
beforeAll(async () => {
  analyzer = await createAnalyzer({
    limits: PATIENT,
    catalog: TINY,
    secondReader: { deadlineMs: 10_000, replaceAfterMs: 10_000 },
  });
});
afterAll(() => analyzer.close());

function tablesOf(analysis: Analysis): readonly string[] {
  if (analysis.kind === 'refused') throw new Error(analysis.refusal.message);
  return analysis.facts.statements.flatMap(({ accesses }) =>
    accesses.map(({ resource }) => ('table' in resource ? resource.table : resource.kind)),
  );
}

describe('the analyzer', () => {
  it('gives facts, with the opinion of the second reader', async () => {
    const analysis = await analyzer.analyze('SELECT note FROM notes', PUBLIC);
    expect(tablesOf(analysis)).toEqual(['notes']);
    expect(analysis).toMatchObject({ secondReader: 'agrees' });
    expect(await analyzer.analyze('COPY notes TO STDOUT', PUBLIC)).toMatchObject({ secondReader: 'noOpinion' });
  });

  it('gives the same object for the same text and names, at once or later', async () => {
    const [one, two] = await Promise.all([analyzer.analyze('SELECT 1', PUBLIC), analyzer.analyze('SELECT 1', PUBLIC)]);
    expect(two).toBe(one);
    expect(analyzer.peek('SELECT 1', PUBLIC)).toBe(one);
    expect(await analyzer.analyze('SELECT 1', { ...PUBLIC })).toBe(one);
  });

  it('keeps other names apart', async () => {
    const finance = { ...PUBLIC, searchPath: ['finance'], key: 'finance' };
    const text = 'SELECT ssn FROM ONLY customers';
    await analyzer.analyze(text, PUBLIC);
    expect(analyzer.peek(text, finance)).toBeUndefined();
    const analysis = await analyzer.analyze(text, finance);
    expect(analysis).toMatchObject({ facts: { statements: [{ accesses: [{ resource: { schema: 'finance' } }] }] } });
  });

  it('refuses where the second reader sees a table that the first does not', async () => {
    expect(await analyzer.analyze(TWO_WAYS, PUBLIC)).toMatchObject({
      kind: 'refused',
      refusal: { cause: 'readersDisagree', sqlstate: '42501' },
    });
  });

  it('reads a backslash as PostgreSQL does, where the second reader is blind', async () => {
    const text = `SELECT id FROM notes WHERE note = '\\' OR id IN (SELECT ssn FROM customers) --'`;
    expect(tablesOf(await analyzer.analyze(text, PUBLIC))).toContain('customers');
  });

  it.each([
    'WITH customers AS (SELECT note FROM notes) SELECT note FROM customers',
    'SELECT note FROM ONLY notes',
    'SELECT n.note FROM notes n, LATERAL (SELECT n.note) AS l',
    'CREATE TABLE names2 AS SELECT note FROM notes',
    'CREATE VIEW v AS SELECT ssn FROM customers',
    'CREATE TEMP TABLE customers AS SELECT note FROM notes; SELECT note FROM customers',
    'DROP TABLE IF EXISTS notes',
    'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT ssn FROM customers $$',
    'TRUNCATE notes',
  ])('is not misled by the second reader in %s', async (text) => {
    expect(await analyzer.analyze(text, PUBLIC)).toMatchObject({ kind: 'facts' });
  });

  it('records the disagreement where the configuration says so', async () => {
    const recording = await createAnalyzer({
      limits: PATIENT,
      catalog: TINY,
      secondReader: { mode: 'record', deadlineMs: 10_000, replaceAfterMs: 10_000 },
    });
    expect(await recording.analyze(TWO_WAYS, PUBLIC)).toMatchObject({ kind: 'facts', secondReader: 'disagrees' });
    await recording.close();
  });

  it('never asks the second reader about long texts', async () => {
    const long = `SELECT note FROM notes WHERE id IN (${"'1',".repeat(2000)}'2')`;
    expect(await analyzer.analyze(long, PUBLIC)).toMatchObject({ kind: 'facts', secondReader: 'skipped' });
  });

  it('never asks the second reader about deep texts: it takes seconds for some', async () => {
    const deep = `SELECT ${'CASE WHEN true THEN '.repeat(31)}note${' END'.repeat(31)} FROM notes`;
    expect(await analyzer.analyze(deep, PUBLIC)).toMatchObject({ kind: 'facts', secondReader: 'skipped' });
  });

  it('does not wait for a second reader that is slow, and goes on with a new thread', async () => {
    const hasty = await createAnalyzer({
      limits: PATIENT,
      catalog: TINY,
      secondReader: { deadlineMs: 1, replaceAfterMs: 20, maxNesting: 1000 },
    });
    const slow = `SELECT ${'CASE WHEN true THEN '.repeat(160)}note${' END'.repeat(160)} FROM notes`;
    expect(await hasty.analyze(slow, PUBLIC)).toMatchObject({ kind: 'facts', secondReader: 'timedOut' });
    expect(tablesOf(await hasty.analyze('SELECT note FROM notes', PUBLIC))).toEqual(['notes']);
    await hasty.close();
  });

  it('refuses what hangs the parser in time, and goes on with a new thread', async () => {
    const lax = await createAnalyzer({
      ...WITHOUT_SECOND,
      catalog: TINY,
      limits: { maxNesting: 1_000_000, timeoutMs: 1000, maxStatementBytes: 2 ** 22 },
    });
    const heavy = `SELECT ${'1+'.repeat(400_000)}1`;
    const [refused, next] = await Promise.all([
      lax.analyze(heavy, PUBLIC),
      lax.analyze('SELECT note FROM notes', PUBLIC),
    ]);
    expect(refused).toMatchObject({ kind: 'refused' });
    expect(tablesOf(next)).toEqual(['notes']);
    await lax.close();
  });

  it('survives overflows of the stack, one after the other', async () => {
    const lax = await createAnalyzer({
      ...WITHOUT_SECOND,
      catalog: TINY,
      limits: { maxNesting: 1_000_000, timeoutMs: 15_000 },
    });
    for (const depth of [4000, 4001, 4002]) {
      const text = `SELECT ${'(SELECT '.repeat(depth)}1${')'.repeat(depth)}`;
      expect(await lax.analyze(text, PUBLIC)).toMatchObject({ kind: 'refused' });
    }
    expect(tablesOf(await lax.analyze('SELECT note FROM notes', PUBLIC))).toEqual(['notes']);
    await lax.close();
  });

  it('analyses up to the limit of nesting', async () => {
    const texts = [
      `SELECT ${'1+'.repeat(990)}1`,
      `SELECT ${'(SELECT '.repeat(900)}1${')'.repeat(900)}`,
      `SELECT * FROM ${'(SELECT * FROM '.repeat(450)}notes${') x'.repeat(450)}`,
      `SELECT ${'lower('.repeat(900)}note${')'.repeat(900)} FROM notes`,
      `SELECT ${'CASE WHEN true THEN '.repeat(900)}note${' END'.repeat(900)} FROM notes`,
    ];
    const strict = await createAnalyzer({ ...WITHOUT_SECOND, catalog: TINY, limits: { timeoutMs: 15_000 } });
    for (const text of texts) expect(await strict.analyze(text, PUBLIC)).toMatchObject({ kind: 'facts' });
    await strict.close();
  });

  it('refuses everything until it has a catalog', async () => {
    const empty = await createAnalyzer(WITHOUT_SECOND);
    expect(await empty.analyze('SELECT 1', PUBLIC)).toMatchObject({ kind: 'refused', refusal: { sqlstate: '57P03' } });
    await empty.useCatalog(TINY);
    expect(await empty.analyze('SELECT 1', PUBLIC)).toMatchObject({ kind: 'facts' });
    await empty.close();
  });

  it('forgets what it knew when the catalog changes, and never keeps an old answer as a new one', async () => {
    const swapping = await createAnalyzer({ ...WITHOUT_SECOND, catalog: TINY });
    const text = 'SELECT note FROM notes';
    const before = swapping.analyze(text, PUBLIC);
    const without: Catalog = { ...TINY, version: 2, relations: TINY.relations.filter(({ name }) => name !== 'notes') };
    const swapped = swapping.useCatalog(without);
    const after = swapping.analyze(text, PUBLIC);
    expect(await before).toMatchObject({ kind: 'facts' });
    expect(await after).toMatchObject({ kind: 'refused', refusal: { cause: 'unknownName', sqlstate: '42P01' } });
    await swapped;
    expect(swapping.catalogVersion).toBe(2);
    expect(swapping.peek(text, PUBLIC)).toBe(await after);
    await swapping.close();
  });

  it('a new thread has the catalog of the old one', async () => {
    const fragile = await createAnalyzer({
      ...WITHOUT_SECOND,
      catalog: TINY,
      limits: { maxNesting: 1_000_000, timeoutMs: 15_000 },
    });
    await fragile.analyze(`SELECT ${'(SELECT '.repeat(4000)}1${')'.repeat(4000)}`, PUBLIC);
    expect(tablesOf(await fragile.analyze('SELECT note FROM notes', PUBLIC))).toEqual(['notes']);
    await fragile.close();
  });

  it('after close everything is refused, not lost', async () => {
    const closed = await createAnalyzer({ ...WITHOUT_SECOND, catalog: TINY });
    await closed.close();
    expect(await closed.analyze('SELECT 2', PUBLIC)).toMatchObject({ kind: 'refused', refusal: { cause: 'internal' } });
  });
});
