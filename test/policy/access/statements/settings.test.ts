import { describe, expect, it } from 'vitest';
import { accessesOf, refusalOf, statementOf } from './reading.ts';

const set = (name: string, value: string | undefined, isLocal = false) => ({ kind: 'set', name, value, isLocal });

describe('SET', () => {
  it.each([
    ['SET search_path = a, "B c"', set('search_path', 'a, "B c"')],
    // One schema whose name has a comma in it, not two.
    ["SET search_path = 'a, b'", set('search_path', '"a, b"')],
    [`SET search_path = "$user", public`, set('search_path', '"$user", public')],
    ["SET search_path = ''", set('search_path', '""')],
    ["SET SCHEMA 'finance'", set('search_path', 'finance')],
    ['SET LOCAL work_mem = 64', set('work_mem', '64', true)],
    ['SET Statement_Timeout TO 10', set('statement_timeout', '10')],
    ["SET TIME ZONE 'UTC'", set('timezone', 'UTC')],
    ['SET TIME ZONE LOCAL', set('timezone', undefined)],
    ["SET NAMES 'utf8'", set('client_encoding', 'utf8')],
    ['SET ROLE dba', set('role', 'dba')],
    ['SET SESSION AUTHORIZATION dba', set('session_authorization', 'dba')],
    ['RESET search_path', set('search_path', undefined)],
  ])('reads %s', (text, effect) => {
    const { effects, accesses } = statementOf(text);
    expect(effects).toEqual([effect]);
    expect(accesses.map(({ action, resource }) => [action, resource])).toEqual([
      ['set', { kind: 'setting', name: effect.name }],
    ]);
  });

  it('takes SET TRANSACTION and SESSION CHARACTERISTICS as the settings that they are', () => {
    expect(accessesOf('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY')).toEqual([
      'set setting transaction_isolation none',
      'set setting transaction_read_only none',
    ]);
    expect(accessesOf('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE')).toEqual([
      'set setting default_transaction_read_only none',
    ]);
  });

  it.each([
    'SET standard_conforming_strings = off',
    'SET standard_conforming_strings = 0',
    "SET client_encoding = 'SJIS'",
    "SET NAMES 'BIG5'",
    'SET client_min_messages = debug1',
    `SET "Standard_Conforming_Strings" TO 'off'`,
    "SELECT set_config('standard_conforming_strings', 'off', false)",
    "SELECT set_config('Client_Encoding', 'GBK', true)",
    "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
    "WITH x AS (UPDATE pg_settings SET setting = 'finance' RETURNING 1) SELECT 1",
    "EXPLAIN SELECT set_config('standard_conforming_strings', 'off', false)",
  ])('refuses %s, after which text would be read differently', (text) => {
    expect(refusalOf(text)).toMatchObject({ cause: 'unsound', sqlstate: '42501' });
  });

  it.each([
    ['RESET ROLE', set('role', undefined)],
    ['SET ROLE NONE', set('role', 'none')],
    ['SET SESSION AUTHORIZATION DEFAULT', set('session_authorization', undefined)],
  ])('%s goes back to who the session was opened as, which needs no right', (text, effect) => {
    expect(accessesOf(text)).toEqual(['connect database none']);
    expect(statementOf(text).effects).toEqual([effect]);
  });

  it('lets RESET ALL and SHOW pass with the right to use the database', () => {
    expect(accessesOf('RESET ALL')).toEqual(['connect database none']);
    expect(statementOf('RESET ALL').effects).toEqual([set('search_path', undefined)]);
    expect(accessesOf('SHOW ALL')).toEqual(['connect database none']);
  });
});

describe('set_config', () => {
  it('is SET in the clothes of a call', () => {
    const { effects, accesses } = statementOf("SELECT pg_catalog.set_config('search_path', 'a, b', 't'::boolean)");
    expect(effects).toEqual([set('search_path', 'a, b', true)]);
    expect(accesses.map(({ action }) => action)).toEqual(['set']);
  });

  it('with NULL goes back to the default', () => {
    expect(statementOf("SELECT set_config('work_mem', NULL, false)").effects).toEqual([set('work_mem', undefined)]);
  });

  it.each([
    ['SELECT set_config(name, $1, false) FROM pg_settings', 'the name is no literal'],
    ['SELECT set_config($1, $2, false)', 'the name is no literal'],
    ["SELECT set_config('search_path', $1, false)", 'the value decides what names mean'],
    ["SELECT set_config('role', note, false) FROM notes", 'the role is not known'],
    ["SELECT set_config('search_path', 'a', false) FROM notes", 'it may run or not'],
    ["SELECT set_config('search_path', 'a', false) WHERE false", 'it does not run'],
    ["SELECT CASE WHEN true THEN set_config('search_path', 'a', false) END", 'it may run or not'],
    ["DECLARE c CURSOR FOR SELECT set_config('search_path', 'a', false)", 'it runs at FETCH'],
    ["COPY (SELECT set_config('search_path', 'a', false)) TO STDOUT", 'it is inside another statement'],
    ["CREATE TEMP TABLE t AS SELECT set_config('search_path', 'a', false)", 'it is inside another statement'],
    ["PREPARE p AS SELECT set_config('search_path', 'a', false)", 'it runs at EXECUTE'],
    ["INSERT INTO notes (note) VALUES (set_config('role', 'dba', false))", 'it is inside another statement'],
    ["SELECT set_config(setting_name => 'search_path', new_value => 'a', is_local => false)", 'named arguments'],
  ])('refuses %s: %s', (text) => {
    expect(refusalOf(text).cause).toBe('unsound');
  });

  it('of a harmless parameter may have any value', () => {
    expect(accessesOf("SELECT set_config('application_name', note, false) FROM notes")).toContain(
      'set setting application_name none',
    );
  });

  it("reads pg_dump's own form, whose WHERE pins the name", () => {
    const pinned =
      "SELECT set_config(name, 'view', false) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'";
    expect(accessesOf(pinned)).toContain('set setting restrict_nonsystem_relation_kind none');
    expect(refusalOf(pinned.replace('restrict_nonsystem_relation_kind', 'search_path')).cause).toBe('unsound');
    expect(refusalOf(`${pinned} OR true`).cause).toBe('unsound');
    const shadow = {
      searchPath: ['public'],
      role: 'app',
      key: 'x',
      tempRelations: [{ name: 'pg_settings', columns: ['name'], sources: [] }],
    };
    expect(refusalOf(pinned, shadow).cause).toBe('unsound');
  });
});
