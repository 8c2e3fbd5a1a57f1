import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  catalogColumnPolicy,
  catalogPolicy,
  guardedColumnNames,
  openCatalogNames,
} from '../../../../policy/access/allow/open-catalogs.ts';
import { guardedClass } from '../../../../policy/access/allow/guarded-classes.ts';
import { isSafeExtensionFunction } from '../../../../policy/access/allow/safe-extensions.ts';
import { isSafeFunction, safeFunctionNames } from '../../../../policy/access/allow/safe-functions.ts';
import { SAFE_IMMUTABLE } from '../../../../policy/access/allow/safe-immutable.ts';
import { isSoundValue, ruledSettingNames, settingRule } from '../../../../policy/access/allow/settings.ts';
import { unsafeFunctionNames, unsafeReason } from '../../../../policy/access/allow/unsafe-functions.ts';
import { testPostgres } from '../../../support/postgres.ts';
import { type Connected, connectQuery } from '../../../support/query-fn.ts';

/** Compares the lists with what a real PostgreSQL 18 has. */
let db: Connected;
beforeAll(async () => {
  db = await connectQuery({ ...testPostgres(), database: 'postgres' });
});
afterAll(async () => {
  await db.end();
});

async function names(sql: string): Promise<readonly string[]> {
  return (await db.query(sql)).map((row) => row[0] ?? '');
}

/** Built-ins that SQL can call: a function with an argument of type internal, or that returns trigger, it cannot. */
const CALLABLE = `
  SELECT p.proname FROM pg_proc p
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.oid < 16384
  GROUP BY 1 HAVING NOT bool_and('internal'::regtype = ANY (p.proargtypes::oid[]) OR p.prorettype = ANY (ARRAY[
    'internal', 'trigger', 'event_trigger', 'language_handler', 'index_am_handler', 'table_am_handler', 'tsm_handler',
    'fdw_handler']::regtype[]))
  ORDER BY 1`;

describe('the list of safe functions', () => {
  it('has looked at every callable built-in: each is either safe or has a reason', async () => {
    const callable = await names(CALLABLE);
    expect(callable.length).toBeGreaterThan(2000);
    expect(callable.filter((name) => !isSafeFunction(name) && unsafeReason(name) === undefined)).toEqual([]);
  });

  it('has no name that the server does not know, and none in both lists', async () => {
    const all = new Set(
      await names(`SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace`),
    );
    expect(safeFunctionNames().filter((name) => !all.has(name))).toEqual([]);
    expect(unsafeFunctionNames().filter((name) => !all.has(name))).toEqual([]);
    expect(unsafeFunctionNames().filter((name) => isSafeFunction(name))).toEqual([]);
  });

  it.each(['query_to_xml', 'ts_stat', 'ts_rewrite', 'lo_get', 'pg_read_file', 'set_config', 'pg_stat_get_activity'])(
    'does not have %s',
    (name) => expect(isSafeFunction(name)).toBe(false),
  );

  it('keeps its word in the immutable class: every overload is IMMUTABLE and in C', async () => {
    const pure = new Set(
      await names(`SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384
        GROUP BY 1 HAVING bool_and(provolatile = 'i' AND prolang = 12)`),
    );
    expect(SAFE_IMMUTABLE.filter((name) => !pure.has(name))).toEqual([]);
  });
});

describe('functions of extensions', () => {
  const of = (extension: string, name: string): boolean => isSafeExtensionFunction(extension, name);
  it('are safe where the extension only computes', () => {
    expect(of('pg_trgm', 'similarity')).toBe(true);
    expect(of('hstore', 'populate_record')).toBe(false);
    expect(of('tablefunc', 'normal_rand')).toBe(true);
    expect(of('tablefunc', 'crosstab')).toBe(false);
    expect(of('dblink', 'dblink')).toBe(false);
  });
});

describe('the list of open catalogs', () => {
  it('names only relations and columns that exist', async () => {
    const relations = new Set(
      await names(`SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace`),
    );
    const columns = new Set(
      await names(`SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'pg_catalog'::regnamespace`),
    );
    expect(openCatalogNames().filter((name) => !relations.has(name))).toEqual([]);
    expect(guardedColumnNames().filter((name) => !columns.has(name))).toEqual([]);
  });

  it('leaves out exactly the relations that show samples of values, large objects, files and memory', async () => {
    const relations = await names(`SELECT relname FROM pg_class
      WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1`);
    expect(relations.filter((name) => catalogPolicy('pg_catalog', name) === 'catalogGuarded')).toEqual([
      'pg_aios',
      'pg_backend_memory_contexts',
      'pg_config',
      'pg_file_settings',
      'pg_hba_file_rules',
      'pg_ident_file_mappings',
      'pg_largeobject',
      'pg_shmem_allocations',
      'pg_shmem_allocations_numa',
      'pg_statistic',
      'pg_statistic_ext_data',
      'pg_stats_ext',
      'pg_stats_ext_exprs',
    ]);
  });

  it('says of each guarded relation and column what it shows', async () => {
    const relations = await names(`SELECT relname FROM pg_class
      WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')`);
    const guarded = relations.filter((name) => catalogPolicy('pg_catalog', name) === 'catalogGuarded');
    const tables = guardedColumnNames().map((name) => name.split('.')[0] ?? '');
    expect([...guarded, ...tables].filter((name) => guardedClass('pg_catalog', name) === undefined)).toEqual([]);
  });

  it('shows of the statistics no more than width and share of NULLs', async () => {
    const columns = await names(`SELECT attname FROM pg_attribute
      WHERE attrelid = 'pg_catalog.pg_stats'::regclass AND attnum > 0 ORDER BY attnum`);
    expect(columns.filter((name) => catalogColumnPolicy('pg_catalog', 'pg_stats', name) === 'catalogOpen')).toEqual([
      'schemaname',
      'tablename',
      'attname',
      'inherited',
      'null_frac',
      'avg_width',
    ]);
  });

  it('guards passwords, connection strings and the texts of other sessions inside open relations', () => {
    expect(catalogColumnPolicy('pg_catalog', 'pg_authid', 'rolname')).toBe('catalogOpen');
    expect(catalogColumnPolicy('pg_catalog', 'pg_authid', 'rolpassword')).toBe('catalogGuarded');
    expect(catalogColumnPolicy('pg_catalog', 'pg_stat_activity', 'query')).toBe('catalogGuarded');
    expect(catalogColumnPolicy('public', 'pg_authid', 'rolpassword')).toBe('user');
  });

  it('guards a system relation that it does not know, and pg_stat_statements in whatever schema', () => {
    expect(catalogPolicy('pg_catalog', 'pg_new_in_19')).toBe('catalogGuarded');
    expect(catalogPolicy('ext', 'pg_stat_statements')).toBe('catalogGuarded');
    expect(catalogPolicy('public', 'customers')).toBe('user');
  });
});

describe('the rules for settings', () => {
  it('has rules only for parameters that exist and that an ordinary user may set', async () => {
    const settable = new Set(await names(`SELECT lower(name) FROM pg_settings WHERE context = 'user'`));
    const others = ruledSettingNames().filter((name) => !settable.has(name) && !name.includes('.'));
    // Two are hidden from pg_settings (one is a relic that accepts 0 only); server_encoding is read-only, and unsound.
    expect(others.sort()).toEqual(['seed', 'server_encoding', 'ssl_renegotiation_limit']);
  });

  it('guards every parameter that needs a superuser', async () => {
    const superuser = await names(`SELECT name FROM pg_settings WHERE context LIKE 'superuser%'`);
    expect(superuser.length).toBeGreaterThan(30);
    expect(superuser.filter((name) => settingRule(name) !== 'guarded')).toEqual([]);
  });

  it.each(['role', 'session_authorization', 'app.tenant', 'local_preload_libraries', 'debug_print_plan', 'no_such'])(
    'guards %s',
    (name) => expect(settingRule(name)).toBe('guarded'),
  );

  it('reads names without regard to case', () => {
    expect(settingRule('TimeZone')).toBe('client');
    expect(settingRule('SEARCH_PATH')).toBe('namespace');
  });

  it('finds a value unsound that would make PostgreSQL read another text than the parser', () => {
    expect(isSoundValue(settingRule('standard_conforming_strings'), 'off')).toBe(false);
    expect(isSoundValue(settingRule('standard_conforming_strings'), 'ON')).toBe(true);
    expect(isSoundValue(settingRule('client_encoding'), 'SJIS')).toBe(false);
    expect(isSoundValue(settingRule('client_encoding'), 'UTF8')).toBe(true);
    expect(isSoundValue(settingRule('client_min_messages'), 'debug1')).toBe(false);
    expect(isSoundValue(settingRule('client_encoding'), undefined)).toBe(true);
  });
});
