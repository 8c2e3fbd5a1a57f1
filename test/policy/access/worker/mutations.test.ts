import * as fc from 'fast-check';
import { Client, DatabaseError } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyseText, type Prepared, prepareCatalog } from '../../../../policy/access/analyse-text.ts';
import { checkText, DEFAULT_LIMITS } from '../../../../policy/access/limits.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { corpusRecords, corpusSchema, toolRecords } from '../../../support/corpus.ts';
import { mutatedSql } from '../../../support/mutated-sql.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';
import { PUBLIC } from '../statements/reading.ts';

const RUNS = Number(process.env['STEPWARD_FUZZ_RUNS'] ?? 400);

let database: TestDatabase;
let prepared: Prepared;
let server: Client;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase(corpusSchema());
  const connected = await connectQuery(database);
  prepared = prepareCatalog(await loadCatalog(connected.query, 1));
  await connected.end();
  server = new Client(database);
  await server.connect();
});

afterAll(async () => {
  await server?.end();
  await database?.drop();
});

/**
 * Whether PostgreSQL's own grammar takes a text: in a transaction that has failed it reads a text and does nothing else.
 * @returns undefined for what ends such a transaction
 */
async function isGrammatical(text: string): Promise<boolean | undefined> {
  await server.query('ROLLBACK');
  await server.query('BEGIN');
  await server.query('SELECT 1/0').catch(() => undefined);
  try {
    await server.query(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // 25: a failed transaction, 3B: no such savepoint, 2D: no transaction to end. All of them are said after the grammar.
    return /^(?:25|3B|2D)/.test(error.code ?? '');
  }
}

/** 'grammar': refused by it; 'other': read, whatever came of it; undefined: not given to the grammar. */
function refusedBy(text: string): 'grammar' | 'other' | undefined {
  if (checkText(text, DEFAULT_LIMITS) !== undefined) return undefined;
  const reading = analyseText(text, PUBLIC, prepared, DEFAULT_LIMITS);
  if (reading.kind === 'facts') return 'other';
  const { cause, sqlstate } = reading.refusal;
  expect(sqlstate).not.toBe('XX000');
  if (cause === 'limit') return undefined;
  return cause === 'syntax' ? 'grammar' : 'other';
}

const TEXTS = [
  ...corpusRecords('attacks').flatMap(({ sequence }) => sequence),
  ...corpusRecords('benign').flatMap(({ sequence }) => sequence),
  ...toolRecords().map(({ sql }) => sql),
].filter((text) => text.length < 2000);

it('reads or refuses whatever becomes of a statement, never breaks, and takes just what the grammar of PostgreSQL takes', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(mutatedSql(TEXTS), async (text) => {
      const by = refusedBy(text);
      const expected = await isGrammatical(text);
      if (by === undefined || expected === undefined) return;
      compared += 1;
      expect(by).toBe(expected ? 'other' : 'grammar');
    }),
    { numRuns: RUNS },
  );
  expect(compared).toBeGreaterThan(RUNS / 2);
}, 600_000);
