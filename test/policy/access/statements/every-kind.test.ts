import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseSync } from 'libpg-query';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseText, type Prepared, prepareCatalog } from '../../../../policy/access/analyse-text.ts';
import type { Namespace } from '../../../../policy/access/analyzer.ts';
import { type Access, resourceKey, type StatementFacts } from '../../../../policy/access/facts.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';
import { KIND_CASES, KINDS_SETUP } from './kind-cases.ts';

const NAMESPACE: Namespace = { searchPath: ['s'], role: 'postgres', tempRelations: [], key: 's' };

let database: TestDatabase;
let client: Client;
let prepared: Prepared;
let tag = '';

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase(KINDS_SETUP);
  const loader = await connectQuery(database);
  prepared = prepareCatalog(await loadCatalog(loader.query, 1));
  await loader.end();
  client = new Client(database);
  await client.connect();
  client.connection.on('commandComplete', (message: { readonly text: string }) => {
    tag = message.text.replace(/( \d+)+$/, '');
  });
}, 60_000);

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

function factsOf(sql: string): StatementFacts {
  const reading = analyseText(sql, NAMESPACE, prepared, { maxNesting: 1000 });
  if (reading.kind === 'refused') throw new Error(`refused: ${reading.refusal.message}`);
  const [statement, ...others] = reading.facts.statements;
  if (statement === undefined || others.length > 0) throw new Error(`not one statement: ${sql}`);
  return statement;
}

function line({ action, resource, usage, via }: Access): string {
  const how = usage === 'none' ? '' : ` ${usage}`;
  return `${action} ${resourceKey(resource)}${how}${via === undefined ? '' : ` via ${via}`}`;
}

/** Runs the statement in a transaction that is rolled back. */
async function tagOnServer(sql: string): Promise<string> {
  await client.query('BEGIN; SET LOCAL search_path = s; SELECT lo_create(1)');
  try {
    await client.query(sql);
    return tag;
  } finally {
    await client.query('ROLLBACK');
  }
}

describe('every kind of statement', () => {
  const cases = KIND_CASES.map(([sql, touched, known]) => ({ sql, touched, known }));

  it.each(cases)('$sql', async ({ sql, touched, known }) => {
    const facts = factsOf(sql);
    expect(facts.accesses.map(line).toSorted()).toEqual(touched);
    expect(facts.kind).toBe(known ?? (await tagOnServer(sql)));
  });

  it('has a case', () => {
    const covered = new Set(KIND_CASES.map(([sql]) => Object.keys(Object(parseSync(sql).stmts?.[0]?.stmt))[0]));
    expect(STATEMENT_NODES.length).toBeGreaterThan(110);
    expect(STATEMENT_NODES.filter((node) => !covered.has(node) && !NO_STATEMENTS.has(node))).toEqual([]);
  });
});

/** All nodes of the grammar with a statement's name, from the types that come with the parser. */
const TYPES = readFileSync(
  createRequire(import.meta.resolve('libpg-query')).resolve('@pgsql/types/types.d.ts'),
  'utf8',
);
const STATEMENT_NODES = [...new Set(TYPES.match(/\b[A-Z][A-Za-z]+Stmt\b/g))];

/** Wrappers and parts of others; DO and CALL are code and have tests of their own. */
const NO_STATEMENTS: ReadonlySet<string> = new Set([
  'RawStmt',
  'SetOperationStmt',
  'ReturnStmt',
  'PLAssignStmt',
  'ReplicaIdentityStmt',
  'DoStmt',
  'CallStmt',
]);
