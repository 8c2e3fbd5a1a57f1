/**
 * Names that newer grammars made syntax. Whatever gives a value says what it is, so that the server's own answer shows what
 * a text means to it: `select probe.t.system_user`, `execute function probe.json_value`.
 */
export const MEANING_SETUP = `
  CREATE SCHEMA probe; SET search_path = probe;
  CREATE TABLE t ("system_user" text, json text, "old" text, "new" text, merge_action text, period text, virtual text, x text);
  INSERT INTO t VALUES ('select probe.t.system_user', 'select probe.t.json', 'select probe.t.old', 'select probe.t.new',
    'select probe.t.merge_action', 'select probe.t.period', 'select probe.t.virtual', 'select probe.t.x');
  CREATE TABLE "system_user" (a text);
  INSERT INTO "system_user" VALUES ('select probe.system_user.a');
  CREATE VIEW seen AS SELECT "system_user" AS who, json AS doc FROM t;
  CREATE FUNCTION "json_value"(text, text) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_value'$$;
  CREATE FUNCTION "json_query"(text, text) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_query'$$;
  CREATE FUNCTION "json_exists"(text, text) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_exists'$$;
  CREATE FUNCTION "json_scalar"(int) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_scalar'$$;
  CREATE FUNCTION "json_serialize"(text) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_serialize'$$;
  CREATE FUNCTION "json_array"(int, int) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_array'$$;
  CREATE FUNCTION "json_array"() RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_array'$$;
  CREATE FUNCTION "json_object"(int, int) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_object'$$;
  CREATE FUNCTION "json_object"() RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_object'$$;
  CREATE FUNCTION "json"(int) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json'$$;
  CREATE FUNCTION "merge_action"() RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.merge_action'$$;
  CREATE FUNCTION "json_table"(text, text) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_table'$$;
  CREATE FUNCTION aggregated(text, text) RETURNS text LANGUAGE sql AS $$SELECT 'execute function probe.json_arrayagg'$$;
  CREATE AGGREGATE "json_arrayagg"(text) (SFUNC = aggregated, STYPE = text);
  CREATE FUNCTION told(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
    RAISE division_by_zero USING MESSAGE = 'execute function probe.told'; END$$;
  CREATE DOMAIN "json" AS text CHECK (told(VALUE));
`;

/** The built-in type json comes last in it, so that a type of somebody's own hides it where names are searched. */
export const OWN_FIRST = ['probe', 'pg_catalog'];

export const SAME_TEXT_OTHER_MEANING = [
  'SELECT system_user FROM t',
  'SELECT SYSTEM_USER FROM t',
  'SELECT 1 AS n, t.system_user FROM t',
  'SELECT (system_user) FROM t',
  'SELECT upper(system_user) FROM t',
  "SELECT x || ' ' || system_user FROM t",
  'SELECT system_user, count(*) FROM t GROUP BY system_user',
  'SELECT x FROM t ORDER BY system_user',
  "SELECT x FROM t WHERE system_user <> ''",
  'SELECT * FROM system_user',
  'SELECT * FROM system_user AS s (b)',
  'SELECT s FROM t, LATERAL (SELECT * FROM system_user) AS s',
  'SELECT a.x FROM t a JOIN system_user ON true',
  'SELECT pg_catalog.system_user() FROM t',
  'SELECT /* é */ system_user FROM t',
  'SELECT who FROM seen',
  'SELECT doc FROM seen',
  'SELECT json FROM t',
  'SELECT 1 system_user',
  'SELECT 1 json_array, 2 AS json_value, 3 json',
  "SELECT json_value('{}', '$.b')",
  "SELECT JSON_VALUE('{}', '$.b')",
  "SELECT json_query('{}', '$')",
  "SELECT json_exists('{}', '$')",
  'SELECT json_scalar(17)',
  "SELECT json_serialize('{}')",
  'SELECT json_array(1, 2)',
  'SELECT json_array()',
  'SELECT json_object(1, 2)',
  "SELECT json_object('{a,1}')",
  'SELECT json_object()',
  'SELECT json(1)',
  'SELECT * FROM json(1) AS j',
  'SELECT * FROM json_array(1, 2)',
  'SELECT json_arrayagg(x) FROM t',
  "SELECT json_arrayagg(x ORDER BY system_user) FILTER (WHERE x <> '') FROM t",
  'SELECT json_arrayagg(x) OVER () FROM t',
  'SELECT merge_action()',
  'SELECT merge_action, period, virtual FROM t',
  "SELECT '{}'::json",
  "SELECT '{}'::json[]",
  "SELECT json '{}'",
  "SELECT CAST('{}' AS JSON)",
  "SELECT '{}'::pg_catalog.json",
  'UPDATE t SET x = x RETURNING old',
  'UPDATE t SET x = x RETURNING old.x',
  'UPDATE t AS old SET x = x RETURNING old.system_user',
  'UPDATE t SET x = x RETURNING WITH (OLD AS o) o.json',
  "MERGE INTO t USING (VALUES (1)) AS v (n) ON true WHEN MATCHED THEN UPDATE SET x = '' RETURNING merge_action(), t.json",
  'MERGE INTO t USING (VALUES (1)) AS v (n) ON false WHEN NOT MATCHED BY SOURCE THEN DELETE',
  'SELECT x IS JSON FROM t',
  "SELECT json_object('a': x) FROM t",
  "SELECT json_object('a' VALUE json) FROM t",
  'SELECT json_array(SELECT x FROM t)',
  'SELECT json_objectagg(x: json) FROM t',
  "SELECT * FROM json_table('[1]', '$[*]' COLUMNS (n int PATH '$')) AS j",
  "SELECT json_value(jsonb '{}', '$' RETURNING text DEFAULT x ON EMPTY) FROM t",
  'SELECT n FROM (SELECT x AS n FROM t)',
  "SELECT timestamptz '2020-01-01' AT LOCAL IS NULL, x FROM t",
  'SELECT 1_000, 0x1f, 0b1, 0o7 FROM t',
  'SELECT 1 _000 FROM t',
  'SELECT j.x FROM t JOIN t AS other USING (x) AS j',
] as const;

/** Texts that an older server takes and the parser does not; the error says what to do. */
export const UNREADABLE = [
  "SELECT * FROM json_table('a', 'b')",
  'SELECT system_user.a FROM system_user',
  'SELECT * FROM t AS system_user',
] as const;
