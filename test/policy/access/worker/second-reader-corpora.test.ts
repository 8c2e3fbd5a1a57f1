import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyseText, type Prepared, prepareCatalog } from '../../../../policy/access/analyse-text.ts';
import { DEFAULT_LIMITS } from '../../../../policy/access/limits.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { unseenTable } from '../../../../policy/access/readers-agree.ts';
import { DEFAULT_SECOND_READER } from '../../../../policy/access/second-opinion.ts';
import { readTables } from '../../../../policy/access/second-reader.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { corpusRecords, corpusSchema, toolRecords } from '../../../support/corpus.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';
import { PUBLIC } from '../statements/reading.ts';

let database: TestDatabase;
let prepared: Prepared;
let relationNames: ReadonlySet<string>;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase(corpusSchema());
  const connected = await connectQuery(database);
  prepared = prepareCatalog(await loadCatalog(connected.query, 1));
  await connected.end();
  relationNames = new Set(prepared.index.catalog.relations.map(({ name }) => name.toLowerCase()));
});

afterAll(async () => {
  await database?.drop();
});

/** Every second text: it is slow. Of those that the authority reads: how many the second reader can read, and the tables that only it sees. */
function opinionsOn(texts: readonly string[]) {
  const unseen: string[] = [];
  let read = 0;
  let opinions = 0;
  for (const text of [...new Set(texts)].filter((_, at) => at % 2 === 0)) {
    const reading = analyseText(text, PUBLIC, prepared, DEFAULT_LIMITS);
    if (reading.kind !== 'facts') continue;
    read += 1;
    const tables = text.length > DEFAULT_SECOND_READER.maxChars ? undefined : readTables(text);
    if (tables === undefined) continue;
    opinions += 1;
    const { facts, otherNames } = reading;
    const name = unseenTable(tables, facts, { otherNames, isRelation: (one) => relationNames.has(one) });
    if (name !== undefined) unseen.push(`${name}: ${text}`);
  }
  return { read, share: opinions / read, unseen };
}

it('has an opinion on most of what people and their tools send, and is never wrong to disagree', {
  timeout: 120_000,
}, () => {
  const people = opinionsOn(corpusRecords('benign').flatMap(({ sequence }) => sequence));
  const tools = opinionsOn(toolRecords().map(({ sql }) => sql));
  expect(people.read).toBeGreaterThan(200);
  expect(tools.read).toBeGreaterThan(150);
  expect([...people.unseen, ...tools.unseen]).toEqual([]);
  expect(people.share).toBeGreaterThan(0.65);
  expect(tools.share).toBeGreaterThan(0.5);
});
