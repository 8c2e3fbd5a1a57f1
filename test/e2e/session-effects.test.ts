import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type RunningStepward, startStepward } from '../support/running-stepward.ts';

/** Everything is permitted but one column, so that what is refused was resolved to it. */
const POLICIES = `@id("all") permit (principal, action, resource);
@id("no-secret") forbid (principal, action == Action::"select", resource in Tag::"secret");
`;

/** `people` means another table in each schema; only guarded.people.ssn may not be read. */
const SCHEMAS = ['harmless', 'guarded', 'stepward_app', 'other_role'];
const SETUP = `
${SCHEMAS.map((name) => `CREATE SCHEMA ${name}; CREATE TABLE ${name}.people AS SELECT '${name}'::text AS ssn;`).join('\n')}
CREATE FUNCTION public.wanders() RETURNS int LANGUAGE plpgsql
  AS $$BEGIN EXECUTE 'SET search_path = guarded'; RETURN 1; END$$;
CREATE FUNCTION public.stays() RETURNS int LANGUAGE plpgsql SET search_path = guarded AS 'BEGIN RETURN 1; END';
DO $$ BEGIN CREATE ROLE other_role; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN GRANT other_role TO stepward_app; EXCEPTION WHEN OTHERS THEN NULL; END $$;
GRANT ALL ON SCHEMA ${SCHEMAS.join(', ')} TO PUBLIC;
${SCHEMAS.map((name) => `GRANT ALL ON ${name}.people TO PUBLIC;`).join('\n')}
`;

/** What the session does before it asks for `people`; each element is one Query message. */
const SEQUENCES: readonly (readonly string[])[] = [
  ['SET search_path = harmless, guarded'],
  ['SET search_path = guarded, harmless'],
  ["SELECT set_config('search_path', 'guarded', false)"],
  ["SELECT set_config('search_path', 'harmless', false)"],
  ["BEGIN; SELECT set_config('search_path', 'harmless', true)", 'COMMIT'],
  ["BEGIN; SELECT set_config('search_path', 'harmless', true)"],
  ['SET LOCAL search_path = harmless'],
  ['BEGIN', 'SET LOCAL search_path = harmless', 'COMMIT'],
  ['BEGIN', 'SET LOCAL search_path = harmless'],
  ['BEGIN', 'SET search_path = harmless', 'COMMIT'],
  ['BEGIN', 'SET search_path = harmless', 'ROLLBACK'],
  ['BEGIN', 'SAVEPOINT s', 'SET search_path = harmless', 'ROLLBACK TO s'],
  ['BEGIN', 'SAVEPOINT s', 'SET search_path = harmless', 'RELEASE s', 'COMMIT'],
  ['BEGIN', 'SET LOCAL search_path = harmless', 'SET search_path = guarded', 'COMMIT'],
  ['BEGIN', 'SET search_path = guarded', 'SET LOCAL search_path = harmless', 'COMMIT'],
  ['SET search_path = harmless', 'BEGIN', 'RESET search_path', 'ROLLBACK'],
  ['SET search_path = harmless', 'RESET search_path'],
  ['SET search_path = harmless', 'SET search_path TO DEFAULT'],
  ['SET search_path = harmless', 'RESET ALL'],
  ['SET search_path = harmless', 'DISCARD ALL'],
  ['SET search_path = harmless', 'SET search_path = guarded; SELECT 1/0'],
  ['SET search_path = harmless', 'BEGIN', 'SET search_path = guarded', 'SELECT 1/0', 'COMMIT'],
  ['SET search_path = harmless', 'BEGIN', 'SET LOCAL search_path = guarded', 'COMMIT AND CHAIN'],
  ['SET search_path = harmless', 'BEGIN; SET search_path = guarded', 'ROLLBACK AND CHAIN'],
  ['SET search_path = "$user", guarded'],
  ["SET search_path = '$user', guarded"],
  ['SET search_path = guarded, "$user"'],
  ['SET search_path = "$user", guarded', 'SET ROLE other_role'],
  ['SET search_path = "$user", guarded', 'SET ROLE other_role', 'RESET ROLE'],
  ['SET search_path = "$user", guarded', 'SET ROLE other_role', 'SET ROLE NONE'],
  ['SET search_path = "$user", guarded', 'SET ROLE other_role', 'DISCARD ALL'],
  ['SET search_path = "$user", guarded', 'BEGIN', 'SET LOCAL ROLE other_role', 'COMMIT'],
  ['SET search_path = "$user", guarded', "SELECT set_config('role', 'other_role', false)"],
  ['SET search_path = "$user", guarded', 'SET SESSION AUTHORIZATION DEFAULT'],
  ['SET search_path = HARMLESS, "guarded"'],
  ['SET search_path = "HARMLESS", guarded'],
  ['SET search_path = nowhere, harmless, guarded'],
  ['SET search_path = pg_catalog, guarded'],
  ["SET search_path = ''", 'SET search_path = harmless'],
  ['SET search_path = harmless', 'SELECT public.stays()'],
  ['SET search_path = harmless', 'SELECT public.wanders()'],
  ['SET search_path = guarded', "DO $$BEGIN PERFORM set_config('search_path', 'harmless', false); END$$"],
  ['SET search_path = harmless', "DO $$BEGIN PERFORM set_config('search_path', 'guarded', false); END$$"],
  ['SET search_path = guarded', "CREATE TEMP TABLE people AS SELECT 'temp'::text AS ssn"],
  ['SET search_path = guarded, pg_temp', "CREATE TEMP TABLE people AS SELECT 'temp'::text AS ssn"],
  ['SET search_path = harmless, pg_temp', "CREATE TEMP TABLE people AS SELECT 'temp'::text AS ssn"],
  ['SET search_path = guarded', "CREATE TEMP TABLE people AS SELECT 'temp'::text AS ssn", 'DROP TABLE people'],
  ['SET search_path = guarded', 'BEGIN', "CREATE TEMP TABLE people AS SELECT 'temp'::text AS ssn", 'ROLLBACK'],
  ['SET search_path = guarded', 'BEGIN', 'CREATE TEMP TABLE people (ssn text) ON COMMIT DROP', 'COMMIT'],
  ['SET search_path = guarded', "CREATE TEMP TABLE people AS SELECT 'temp'::text AS ssn", 'DISCARD TEMP'],
  ['SET search_path = harmless', 'SET standard_conforming_strings = off'],
  ['SET search_path = harmless', "SET client_encoding = 'SJIS'"],
];

let folder: string;
let stepward: RunningStepward;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sw-policies-'));
  writeFileSync(join(folder, 'all.cedar'), POLICIES);
  stepward = await startStepward({ policies: folder, tags: { secret: ['guarded.people.ssn'] } });
  await stepward.shop.query(SETUP);
});
afterAll(async () => {
  await stepward?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function directly(): ClientConfig {
  const { host, port, database } = stepward.shop;
  return { host, port, database, user: 'stepward_app', password: PASSWORD };
}

type Answer = { readonly ssn: string } | { readonly error: string };

/** What `SELECT ssn FROM people` gives after the sequence. */
async function play(config: ClientConfig, sequence: readonly string[]): Promise<Answer> {
  const client = new Client(config);
  await client.connect();
  try {
    for (const sql of sequence) await client.query(sql).catch(ignoreDatabaseError);
    const [row] = (await client.query<{ readonly ssn: string }>('SELECT max(ssn) AS ssn FROM people')).rows;
    return { ssn: row?.ssn ?? '(none)' };
  } catch (error) {
    return { error: ignoreDatabaseError(error) };
  } finally {
    await client.end();
  }
}

function ignoreDatabaseError(error: unknown): string {
  if (error instanceof DatabaseError) return error.code ?? '';
  throw error;
}

/** As PostgreSQL itself, but that the protected column is refused. */
function expected(direct: Answer): Answer {
  return 'ssn' in direct && direct.ssn === 'guarded' ? { error: '42501' } : direct;
}

describe('names mean to stepward what they mean to PostgreSQL', () => {
  it.each(SEQUENCES.map((sequence) => [sequence.join(' | '), sequence] as const))('after %s', async (_, sequence) => {
    const direct = await play(directly(), sequence);
    const seen = await play(stepward.client('dba'), sequence);
    expect(seen).toEqual(expected(direct));
  });

  it.each(['harmless', 'guarded', '"$user"'])('after a start-up option search_path = %s', async (path) => {
    const options = `-c search_path=${path.replaceAll('"', '\\"')},guarded`.replaceAll('\\"', '"');
    const direct = await play({ ...directly(), options }, []);
    expect(await play({ ...stepward.client('dba'), options }, [])).toEqual(expected(direct));
  });

  it.each(['harmless', 'guarded'])('after the role got search_path = %s by default in this database', async (path) => {
    const { database } = stepward.shop;
    await stepward.shop.query(`ALTER ROLE stepward_app IN DATABASE ${database} SET search_path = ${path}`);
    const direct = await play(directly(), []);
    expect(direct).toEqual({ ssn: path });
    expect(await play(stepward.client('dba'), [])).toEqual(expected(direct));
    expect(await play(stepward.client('dba'), ['SET search_path = harmless', 'DISCARD ALL'])).toEqual(expected(direct));
    await stepward.shop.query(`ALTER ROLE stepward_app IN DATABASE ${database} RESET search_path`);
  });

  it('after the database got a search_path by default, which open sessions do not take', async () => {
    const { database } = stepward.shop;
    const client = new Client(stepward.client('dba'));
    await client.connect();
    try {
      await stepward.shop.query(`ALTER DATABASE ${database} SET search_path = harmless`);
      const { rows } = await client.query('SELECT ssn FROM people');
      expect(rows).toEqual([{ ssn: 'stepward_app' }]);
    } finally {
      await client.end();
    }
    expect(await play(stepward.client('dba'), [])).toEqual({ ssn: 'harmless' });
    await stepward.shop.query(`ALTER DATABASE ${database} RESET search_path`);
  });
});
