import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import type { Source } from '../corpora.ts';
import { splitScript } from './split.ts';

/** Scripts that share one database: their objects are made first, then their queries are judged. */
export type Chapter = Source & { readonly setup: readonly string[] };

const SCRIPTS_IN_A_CHAPTER = 25;
/** Objects of the whole server, what disturbs other sessions, and what hides objects again. */
const NOT_RUN =
  /\b(DATABASE|ROLE|USER|GROUP|TABLESPACE|SUBSCRIPTION|SYSTEM|EVENT\s+TRIGGER|AUTHORIZATION|CONCURRENTLY)\b/i;
const MAKES = /^(CREATE|ALTER|COMMENT)\b/i;
const ASKS = /^\(*\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE|EXPLAIN|DECLARE)\b/i;

/**
 * PostgreSQL's regression tests as statements to judge.
 * @param folder `src/test/regress` of PostgreSQL's source
 */
export function readRegress(folder: string): readonly Chapter[] {
  const names = readFileSync(join(folder, 'parallel_schedule'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('test:') ? line.slice(5).trim().split(/\s+/) : []));
  const scripts = names
    .filter((name) => name !== 'test_setup' && existsSync(join(folder, 'sql', `${name}.sql`)))
    .map((name) => statementsOf(folder, name));
  const shared = existsSync(join(folder, 'sql', 'test_setup.sql')) ? statementsOf(folder, 'test_setup') : [];
  const starts = Array.from({ length: Math.ceil(scripts.length / SCRIPTS_IN_A_CHAPTER) }, (_, at) => at);
  return starts.map((at) => {
    const own = scripts.slice(at * SCRIPTS_IN_A_CHAPTER, (at + 1) * SCRIPTS_IN_A_CHAPTER).flat();
    const setup = [...shared, ...own].filter((sql) => MAKES.test(sql) && !NOT_RUN.test(sql)).map(permanent);
    return { name: 'regress', setup, statements: [...new Set(own.filter((sql) => ASKS.test(sql)))] };
  });
}

function statementsOf(folder: string, name: string): readonly string[] {
  return splitScript(readFileSync(join(folder, 'sql', `${name}.sql`), 'utf8'));
}

/** Temporary objects are a session's own; here several sessions and a loaded catalog have to see them. */
function permanent(sql: string): string {
  return sql.replace(/^(CREATE\s+(?:OR\s+REPLACE\s+)?)(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?\s+/i, '$1');
}

/** Makes a database with what the chapter's scripts create; what fails is left out. */
export async function makeChapter(address: ClientConfig, setup: readonly string[]): Promise<void> {
  const admin = new Client({ ...address, database: 'postgres' });
  await admin.connect();
  await admin.query(`DROP DATABASE IF EXISTS "${address.database}" WITH (FORCE)`);
  await admin.query(`CREATE DATABASE "${address.database}"`);
  await admin.end();
  const client = new Client(address);
  await client.connect();
  await client.query("SET statement_timeout = '5s'; SET client_min_messages = error");
  for (const sql of setup) await client.query(sql).catch(() => undefined);
  await client.end();
}
