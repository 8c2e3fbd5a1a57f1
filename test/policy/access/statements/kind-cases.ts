/** Objects of every kind that the cases name; plain SQL. */
export const KINDS_SETUP = `
CREATE SCHEMA s;
SET search_path = s;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION ft(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION etrg() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE pr(int) LANGUAGE plpgsql AS 'BEGIN END';
CREATE DOMAIN dom AS text;
CREATE DOMAIN dom2 AS dom;
CREATE TYPE comp AS (a int, b text);
CREATE TYPE en AS ENUM ('a');
CREATE TABLE p (id int PRIMARY KEY, ssn text, name text, d dom2);
CREATE TABLE ch (extra int) INHERITS (p);
CREATE TABLE r (id int REFERENCES p, x text UNIQUE);
CREATE TABLE part (id int, ssn text) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (1) TO (10);
CREATE TABLE partd PARTITION OF part DEFAULT;
CREATE TABLE loose (id int, ssn text, num int DEFAULT f(1));
CREATE TABLE spare (id int, ssn text);
CREATE TABLE gen (id int, ssn text, tail text GENERATED ALWAYS AS (right(ssn, 4)) STORED);
CREATE VIEW v AS SELECT id, ssn FROM p;
CREATE MATERIALIZED VIEW mv AS SELECT id, ft(ssn) AS t FROM p;
CREATE INDEX pi ON p (name);
CREATE INDEX pe ON loose (f(id));
CREATE SEQUENCE sq;
CREATE STATISTICS st ON id, ssn FROM loose;
CREATE COLLATION co (LOCALE = 'C');
CREATE TEXT SEARCH CONFIGURATION tsc (COPY = simple);
CREATE TEXT SEARCH DICTIONARY tsd (TEMPLATE = simple);
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE OPERATOR FAMILY opf USING btree;
CREATE POLICY pol ON loose USING (true);
CREATE TRIGGER tg BEFORE INSERT ON loose FOR EACH ROW EXECUTE FUNCTION trg();
CREATE AGGREGATE ag (int) (SFUNC = int4pl, STYPE = int);
`;

/**
 * A statement, everything that it touches (`action resource [usage] [via]`, sorted), and its command tag where the statement
 * cannot be run in a transaction to ask the server for it.
 */
export type KindCase = readonly [sql: string, touched: readonly string[], tag?: string];

/** At least one for each statement kind of PostgreSQL 18's grammar; DO and CALL have tests of their own. */
export const KIND_CASES: readonly KindCase[] = [
  // Queries
  ['SELECT ssn FROM p', ['select s.ch.ssn output via inheritance', 'select s.p.ssn output']],
  ['VALUES (1)', ['connect database']],
  ['TABLE loose', ['select s.loose.id output', 'select s.loose.num output', 'select s.loose.ssn output']],
  [
    'SELECT ssn INTO nt FROM p',
    ['ddl schema s', 'select s.ch.ssn output via inheritance', 'select s.p.ssn output'],
    'SELECT INTO',
  ],
  [
    'INSERT INTO loose (id) VALUES (1) RETURNING ssn',
    [
      'execute function s.f via constraint',
      'execute function s.f via default',
      'execute function s.trg via trigger',
      'insert s.loose.id write',
      'select s.loose.ssn output',
    ],
  ],
  [
    'UPDATE loose SET num = 2 WHERE id = 1',
    ['execute function s.f via constraint', 'select s.loose.id condition', 'update s.loose.num write'],
  ],
  [
    'UPDATE loose SET num = 2 RETURNING WITH (OLD AS o, NEW AS n) o.ssn, n.num',
    [
      'execute function s.f via constraint',
      'select s.loose.num output',
      'select s.loose.ssn output',
      'update s.loose.num write',
    ],
  ],
  ['DELETE FROM loose WHERE id = 1', ['delete s.loose', 'select s.loose.id condition']],
  [
    'MERGE INTO loose USING gen ON loose.id = gen.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED BY SOURCE THEN UPDATE SET num = 1 WHEN NOT MATCHED THEN INSERT (ssn) VALUES (gen.ssn) RETURNING merge_action(), gen.tail',
    [
      'delete s.loose',
      'execute function s.f via constraint',
      'execute function s.f via default',
      'execute function s.trg via trigger',
      'insert s.loose.ssn write',
      'select s.gen.id condition',
      'select s.gen.ssn output',
      'select s.gen.ssn output via generated',
      'select s.gen.tail output',
      'select s.loose.id condition',
      'update s.loose.num write',
    ],
  ],
  ['EXPLAIN SELECT ssn FROM p', ['select s.ch.ssn output via inheritance', 'select s.p.ssn output']],
  [
    'EXPLAIN (ANALYZE, VERBOSE, COSTS, SETTINGS, BUFFERS, SERIALIZE, WAL, TIMING, SUMMARY, MEMORY, FORMAT json) SELECT ssn FROM loose',
    ['select s.loose.ssn output'],
  ],
  [
    'EXPLAIN (GENERIC_PLAN) SELECT ssn FROM loose WHERE id = $1',
    ['select s.loose.id condition', 'select s.loose.ssn output'],
  ],
  ['EXPLAIN CREATE TABLE nt AS SELECT ssn FROM loose', ['ddl schema s', 'select s.loose.ssn output']],
  ['EXPLAIN DECLARE c CURSOR FOR SELECT ssn FROM loose', ['select s.loose.ssn output']],
  // COPY
  ['COPY loose TO STDOUT', ['select s.loose.id output', 'select s.loose.num output', 'select s.loose.ssn output']],
  [
    "COPY loose (id) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE (id), ENCODING 'UTF8')",
    ['select s.loose.id output'],
  ],
  ['COPY (SELECT ssn FROM loose) TO STDOUT', ['select s.loose.ssn output']],
  ['COPY (DELETE FROM loose RETURNING ssn) TO STDOUT', ['delete s.loose', 'select s.loose.ssn output']],
  [
    'COPY loose (id) FROM STDIN WITH (FORMAT csv, ON_ERROR ignore, LOG_VERBOSITY verbose, REJECT_LIMIT 3, FORCE_NULL (id))',
    [
      'execute function s.f via constraint',
      'execute function s.f via default',
      'execute function s.trg via trigger',
      'insert s.loose.id write',
    ],
    'COPY',
  ],
  [
    "COPY loose (id, num) FROM STDIN WITH (DEFAULT 'd')",
    [
      'execute function s.f via constraint',
      'execute function s.f via default',
      'execute function s.trg via trigger',
      'insert s.loose.id write',
      'insert s.loose.num write',
    ],
    'COPY',
  ],
  [
    'COPY r FROM STDIN WHERE f(id) > 1',
    [
      'execute function s.f',
      'insert s.r.id write',
      'insert s.r.x write',
      'select s.p.id condition via constraint',
      'select s.r.x condition via constraint',
    ],
    'COPY',
  ],
  [
    "COPY loose FROM '/nowhere'",
    [
      'execute function s.f via constraint',
      'execute function s.trg via trigger',
      'insert s.loose.id write',
      'insert s.loose.num write',
      'insert s.loose.ssn write',
      'serverFile database',
    ],
    'COPY',
  ],
  [
    "COPY loose TO PROGRAM 'cat'",
    ['select s.loose.id output', 'select s.loose.num output', 'select s.loose.ssn output', 'serverFile database'],
    'COPY',
  ],
  // Cursors and prepared statements
  ['DECLARE c CURSOR WITH HOLD FOR SELECT ssn FROM loose', ['select s.loose.ssn output']],
  ['FETCH ALL FROM c', ['connect database'], 'FETCH'],
  ['MOVE 1 FROM c', ['connect database'], 'MOVE'],
  ['CLOSE c', ['connect database'], 'CLOSE CURSOR'],
  ['CLOSE ALL', ['connect database']],
  [
    'UPDATE loose SET num = 1 WHERE CURRENT OF c',
    ['execute function s.f via constraint', 'update s.loose.num write'],
    'UPDATE',
  ],
  ['PREPARE st (int) AS SELECT ssn FROM loose WHERE id = $1', ['connect database']],
  ['EXECUTE st (1)', ['connect database'], 'EXECUTE'],
  ['DEALLOCATE ALL', ['connect database']],
  ['DEALLOCATE st', ['connect database'], 'DEALLOCATE'],
  // The session
  ['BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE', ['connect database'], 'BEGIN'],
  ['COMMIT AND CHAIN', ['connect database'], 'COMMIT'],
  ['ROLLBACK AND NO CHAIN', ['connect database'], 'ROLLBACK'],
  ['SAVEPOINT a', ['connect database']],
  ['RELEASE a', ['connect database'], 'RELEASE'],
  ['ROLLBACK TO a', ['connect database'], 'ROLLBACK'],
  ["PREPARE TRANSACTION 'x'", ['opaque database'], 'PREPARE TRANSACTION'],
  ["COMMIT PREPARED 'x'", ['opaque database'], 'COMMIT PREPARED'],
  ["ROLLBACK PREPARED 'x'", ['opaque database'], 'ROLLBACK PREPARED'],
  ['SET TRANSACTION READ ONLY', ['set setting transaction_read_only']],
  ["SET TRANSACTION SNAPSHOT '00000003-0000001B-1'", ['set setting transaction_snapshot'], 'SET'],
  [
    'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    ['set setting default_transaction_isolation'],
  ],
  ['SET search_path = s', ['set setting search_path']],
  ['SET LOCAL work_mem TO DEFAULT', ['set setting work_mem']],
  ['SET TIME ZONE LOCAL', ['set setting timezone']],
  ["SET NAMES 'UTF8'", ['set setting client_encoding']],
  ['SET SESSION AUTHORIZATION DEFAULT', ['connect database']],
  ['SET ROLE NONE', ['connect database']],
  ['SET ROLE postgres', ['set setting role']],
  ['RESET work_mem', ['set setting work_mem']],
  ['RESET ALL', ['connect database']],
  ['SHOW ALL', ['connect database']],
  ['SHOW search_path', ['connect database']],
  ['SET CONSTRAINTS ALL DEFERRED', ['connect database']],
  ['DISCARD ALL', ['connect database'], 'DISCARD ALL'],
  ['DISCARD PLANS', ['connect database']],
  ['DISCARD TEMP', ['connect database']],
  ['LISTEN ch', ['listen channel ch']],
  ['UNLISTEN *', ['connect database']],
  ["NOTIFY ch, 'x'", ['notify channel ch']],
  ['LOCK TABLE p IN ACCESS SHARE MODE', ['select s.ch via inheritance', 'select s.p']],
  ['LOCK TABLE ONLY p IN ROW EXCLUSIVE MODE NOWAIT', ['lock s.p']],
  // Large objects and files
  ['SELECT lo_create(0)', ['execute function pg_catalog.lo_create']],
  [
    'SELECT lo_put(1, 0, ssn::bytea) FROM loose WHERE false',
    ['execute function pg_catalog.lo_put', 'select s.loose.ssn output'],
  ],
  ["SELECT lo_import('/nowhere')", ['execute function pg_catalog.lo_import', 'serverFile database'], 'SELECT'],
  ["SELECT pg_read_file('/nowhere')", ['execute function pg_catalog.pg_read_file', 'serverFile database'], 'SELECT'],
  // Maintenance
  ['TRUNCATE loose RESTART IDENTITY', ['truncate s.loose']],
  ['TRUNCATE p CASCADE', ['truncate s.ch via inheritance', 'truncate s.p', 'truncate s.r via constraint']],
  ['ANALYZE p (ssn)', ['maintain s.ch via inheritance', 'maintain s.p']],
  ['VACUUM (FULL, ANALYZE, SKIP_LOCKED) p', ['maintain s.ch via inheritance', 'maintain s.p'], 'VACUUM'],
  ['VACUUM', ['maintain database'], 'VACUUM'],
  ['CLUSTER p USING p_pkey', ['maintain s.p']],
  [
    'REINDEX TABLE part',
    ['maintain s.part', 'maintain s.part1 via inheritance', 'maintain s.partd via inheritance'],
    'REINDEX',
  ],
  ['REINDEX SCHEMA s', ['maintain schema s'], 'REINDEX'],
  ['REINDEX INDEX pi', ['maintain database']],
  ['CHECKPOINT', ['maintain database']],
  ['REFRESH MATERIALIZED VIEW mv', ['execute function s.ft via view', 'maintain s.mv']],
  [
    'REFRESH MATERIALIZED VIEW CONCURRENTLY mv',
    [
      'execute function s.ft via view',
      'maintain s.mv',
      'select s.ch.id condition via view',
      'select s.ch.ssn condition via view',
      'select s.mv.id condition',
      'select s.mv.t condition',
      'select s.p.id condition via view',
      'select s.p.ssn condition via view',
    ],
    'REFRESH MATERIALIZED VIEW',
  ],
  ['REFRESH MATERIALIZED VIEW mv WITH NO DATA', ['maintain s.mv']],
  // Tables
  [
    'CREATE TABLE nt (id int PRIMARY KEY, n int DEFAULT f(1), x text REFERENCES r (x), CHECK (f(id) > 0))',
    ['ddl s.r', 'ddl schema s'],
  ],
  ['CREATE TABLE nt () INHERITS (loose)', ['ddl s.loose', 'ddl schema s']],
  ['CREATE TABLE nt OF comp', ['ddl schema s']],
  [
    'CREATE TABLE nt PARTITION OF part FOR VALUES FROM (100) TO (200)',
    ['ddl s.part', 'ddl schema s', 'select s.part.id condition', 'select s.part.ssn condition'],
  ],
  ['CREATE TABLE nt AS SELECT ssn FROM loose', ['ddl schema s', 'select s.loose.ssn output'], 'CREATE TABLE AS'],
  [
    'CREATE MATERIALIZED VIEW nv AS SELECT ssn FROM loose',
    ['ddl schema s', 'select s.loose.ssn output'],
    'CREATE MATERIALIZED VIEW',
  ],
  ['CREATE VIEW nv AS SELECT ssn FROM loose', ['ddl schema s']],
  ['CREATE SEQUENCE ns', ['ddl schema s']],
  ['ALTER SEQUENCE sq RESTART', ['ddl s.sq']],
  [
    'ALTER TABLE loose ALTER COLUMN num TYPE text USING ft(ssn)',
    ['ddl s.loose', 'execute function s.f via constraint', 'execute function s.ft', 'select s.loose.ssn condition'],
  ],
  [
    'ALTER TABLE p ALTER COLUMN name TYPE varchar(3)',
    ['ddl s.ch via inheritance', 'ddl s.p', 'select s.ch.name condition via inheritance', 'select s.p.name condition'],
  ],
  ['ALTER TABLE loose ADD COLUMN z int', ['ddl s.loose']],
  [
    'ALTER TABLE loose ADD COLUMN z int DEFAULT f(1)',
    ['ddl s.loose', 'execute function s.f', 'execute function s.f via constraint'],
  ],
  [
    'ALTER TABLE loose ADD COLUMN z text GENERATED ALWAYS AS (ft(ssn)) STORED',
    ['ddl s.loose', 'execute function s.f via constraint', 'execute function s.ft', 'select s.loose.ssn condition'],
  ],
  [
    'ALTER TABLE loose ADD COLUMN y int, ADD COLUMN z int CHECK (z > y AND num > 0)',
    ['ddl s.loose', 'select s.loose.num condition'],
  ],
  ['ALTER TABLE loose ADD COLUMN z int UNIQUE', ['ddl s.loose']],
  [
    'ALTER TABLE loose ADD COLUMN z int DEFAULT 1 REFERENCES p',
    [
      'ddl s.ch via inheritance',
      'ddl s.loose',
      'ddl s.p',
      'execute function s.f via constraint',
      'select s.ch.id condition via inheritance',
      'select s.p.id condition',
    ],
  ],
  ['ALTER TABLE loose ADD COLUMN z serial', ['ddl s.loose']],
  [
    "ALTER TABLE loose ADD CHECK (ft(ssn) <> '17')",
    ['ddl s.loose', 'execute function s.ft', 'select s.loose.ssn condition'],
  ],
  ["ALTER TABLE loose ADD CHECK (ft(ssn) <> '17') NOT VALID", ['ddl s.loose']],
  [
    'ALTER TABLE loose ADD FOREIGN KEY (id) REFERENCES p',
    [
      'ddl s.ch via inheritance',
      'ddl s.loose',
      'ddl s.p',
      'select s.ch.id condition via inheritance',
      'select s.loose.id condition',
      'select s.p.id condition',
    ],
  ],
  [
    'ALTER TABLE loose ADD FOREIGN KEY (id) REFERENCES p NOT VALID',
    ['ddl s.ch via inheritance', 'ddl s.loose', 'ddl s.p'],
  ],
  ['ALTER TABLE loose ADD PRIMARY KEY (id)', ['ddl s.loose', 'select s.loose.id condition']],
  [
    'ALTER TABLE loose ADD UNIQUE (id) INCLUDE (ssn)',
    ['ddl s.loose', 'select s.loose.id condition', 'select s.loose.ssn condition'],
  ],
  [
    'ALTER TABLE loose ADD EXCLUDE USING btree (id WITH =, (ft(ssn)) WITH =) WHERE (num > 1)',
    [
      'ddl s.loose',
      'execute function s.ft',
      'select s.loose.id condition',
      'select s.loose.num condition',
      'select s.loose.ssn condition',
    ],
  ],
  ['ALTER TABLE loose ADD CONSTRAINT n NOT NULL ssn', ['ddl s.loose', 'select s.loose.ssn condition']],
  ['ALTER TABLE loose ALTER COLUMN ssn SET NOT NULL', ['ddl s.loose', 'select s.loose.ssn condition']],
  [
    'ALTER TABLE r VALIDATE CONSTRAINT nope',
    [
      'ddl s.r',
      'select s.ch.id condition via inheritance',
      'select s.p.id condition',
      'select s.r.id condition',
      'select s.r.x condition',
    ],
    'ALTER TABLE',
  ],
  [
    'ALTER TABLE gen ALTER COLUMN tail SET EXPRESSION AS (ft(ssn))',
    ['ddl s.gen', 'execute function s.ft', 'select s.gen.ssn condition'],
  ],
  [
    'ALTER TABLE loose ALTER num SET DEFAULT f(2), ALTER id SET STATISTICS 10, ALTER ssn SET STORAGE EXTERNAL',
    ['ddl s.loose'],
  ],
  [
    'ALTER TABLE part ATTACH PARTITION spare FOR VALUES FROM (20) TO (30)',
    [
      'ddl s.part',
      'ddl s.part1 via inheritance',
      'ddl s.partd via inheritance',
      'ddl s.spare',
      'select s.part.id condition',
      'select s.part.ssn condition',
      'select s.spare.id condition',
      'select s.spare.ssn condition',
    ],
  ],
  [
    'ALTER TABLE part DETACH PARTITION part1',
    ['ddl s.part', 'ddl s.part1', 'ddl s.part1 via inheritance', 'ddl s.partd via inheritance'],
  ],
  ['ALTER TABLE ch NO INHERIT p', ['ddl s.ch', 'ddl s.ch via inheritance', 'ddl s.p']],
  ['ALTER TABLE loose OWNER TO CURRENT_USER', ['ddl s.loose', 'opaque database']],
  ['ALTER TABLE loose ENABLE ROW LEVEL SECURITY, DISABLE TRIGGER tg, REPLICA IDENTITY FULL', ['ddl s.loose']],
  ['ALTER TABLE loose SET (fillfactor = 70), SET UNLOGGED, DROP COLUMN num', ['ddl s.loose']],
  ['ALTER TABLE loose RENAME COLUMN ssn TO tin', ['ddl s.loose']],
  ['ALTER TABLE loose RENAME TO lost', ['ddl s.loose']],
  ['ALTER TABLE loose SET SCHEMA public', ['ddl s.loose', 'ddl schema public']],
  ['ALTER TABLE IF EXISTS nope ADD COLUMN x int CHECK (y > 1)', ['ddl schema s']],
  ['ALTER VIEW v ALTER COLUMN id SET DEFAULT 1', ['ddl s.v']],
  ['ALTER INDEX pi SET (fillfactor = 50)', ['ddl schema s']],
  ['ALTER INDEX pi RENAME TO pj', ['ddl schema s']],
  ['ALTER TYPE comp ADD ATTRIBUTE z int', ['ddl s.comp']],
  ['ALTER MATERIALIZED VIEW mv RENAME COLUMN t TO u', ['ddl s.mv']],
  ['ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default', ['ddl database']],
  ['DROP TABLE p, r CASCADE', ['ddl s.p', 'ddl s.r']],
  ['DROP VIEW v', ['ddl s.v']],
  ['DROP INDEX pi', ['ddl schema s']],
  ['DROP SEQUENCE sq', ['ddl s.sq']],
  ['DROP SCHEMA s CASCADE', ['ddl schema s']],
  ['CREATE INDEX ON p (ssn)', ['ddl s.p', 'select s.p.ssn condition']],
  [
    'CREATE UNIQUE INDEX ON loose (f(id)) INCLUDE (ssn) WHERE num > 1',
    [
      'ddl s.loose',
      'execute function s.f',
      'select s.loose.id condition',
      'select s.loose.num condition',
      'select s.loose.ssn condition',
    ],
  ],
  [
    'CREATE INDEX ON part (ssn)',
    [
      'ddl s.part',
      'select s.part.ssn condition',
      'select s.part1.ssn condition via inheritance',
      'select s.partd.ssn condition via inheritance',
    ],
  ],
  [
    'CREATE STATISTICS ns ON ssn, (f(id)) FROM loose',
    ['ddl s.loose', 'execute function s.f', 'select s.loose.id condition', 'select s.loose.ssn condition'],
  ],
  ['ALTER STATISTICS st SET STATISTICS 10', ['ddl schema s']],
  ['CREATE SCHEMA z', ['ddl database']],
  ['ALTER SCHEMA s RENAME TO t', ['ddl database', 'ddl schema s']],
  ['CREATE SCHEMA z CREATE TABLE t (id int) CREATE VIEW zv AS SELECT id FROM t', ['ddl database']],
  ['CREATE SCHEMA z CREATE TABLE t (id int) GRANT SELECT ON t TO PUBLIC', ['ddl database', 'opaque database']],
  ['CREATE TABLE nt (LIKE loose INCLUDING ALL)', ['ddl s.loose', 'ddl schema s']],
  // Types
  ['CREATE TYPE nt AS (a int)', ['ddl schema s']],
  ["CREATE TYPE nt AS ENUM ('x')", ['ddl schema s']],
  ['CREATE TYPE nt AS RANGE (SUBTYPE = float8)', ['ddl schema s', 'opaque database']],
  ['CREATE TYPE nt', ['ddl schema s', 'opaque database']],
  ["ALTER TYPE en ADD VALUE 'b'", ['ddl schema s']],
  ['ALTER TYPE en RENAME TO en2', ['ddl schema s']],
  ['ALTER TYPE en OWNER TO CURRENT_USER', ['ddl schema s', 'opaque database']],
  ['ALTER TYPE en SET (SEND = x)', ['ddl schema s', 'opaque database'], 'ALTER TYPE'],
  ["CREATE DOMAIN nd AS text CHECK (ft(VALUE) <> '')", ['ddl schema s', 'execute function s.ft']],
  [
    "ALTER DOMAIN dom ADD CHECK (ft(VALUE) <> '17')",
    [
      'ddl schema s',
      'execute function s.ft',
      'select s.ch.d condition',
      'select s.p.d condition',
      'select s.p.d condition via inheritance',
    ],
  ],
  ["ALTER DOMAIN dom ADD CHECK (VALUE <> '17') NOT VALID", ['ddl schema s']],
  [
    'ALTER DOMAIN dom SET NOT NULL',
    ['ddl schema s', 'select s.ch.d condition', 'select s.p.d condition', 'select s.p.d condition via inheritance'],
  ],
  [
    'ALTER DOMAIN dom VALIDATE CONSTRAINT x',
    ['ddl schema s', 'select s.ch.d condition', 'select s.p.d condition', 'select s.p.d condition via inheritance'],
    'ALTER DOMAIN',
  ],
  ["ALTER DOMAIN dom SET DEFAULT ft('x')", ['ddl schema s', 'execute function s.ft']],
  ['ALTER DOMAIN dom2 RENAME TO dom3', ['ddl schema s']],
  ['ALTER COLLATION co REFRESH VERSION', ['ddl schema s'], 'ALTER COLLATION'],
  ["CREATE COLLATION nc (LOCALE = 'C')", ['ddl schema s', 'opaque database']],
  // Code
  ["CREATE FUNCTION nf(int) RETURNS int LANGUAGE sql AS 'SELECT 1'", ['ddl schema s', 'opaque database']],
  [
    "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
    ['ddl function s.f', 'opaque database'],
  ],
  [
    'CREATE FUNCTION nf() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END',
    ['ddl schema s', 'opaque database'],
  ],
  ["CREATE PROCEDURE np() LANGUAGE sql AS ''", ['ddl schema s', 'opaque database']],
  ['ALTER FUNCTION ag(int) RENAME TO ag2', ['ddl function s.ag']],
  ['ALTER FUNCTION f(int) STABLE', ['ddl function s.f', 'opaque database']],
  ['ALTER PROCEDURE pr(int) SECURITY DEFINER', ['ddl function s.pr', 'opaque database']],
  ['ALTER FUNCTION ft(text) SET SCHEMA public', ['ddl function s.ft', 'ddl schema public']],
  ['ALTER FUNCTION ft(text) DEPENDS ON EXTENSION plpgsql', ['ddl function s.ft']],
  ['DROP FUNCTION ft(text) CASCADE', ['ddl function s.ft', 'opaque database']],
  [
    'CREATE TRIGGER nt BEFORE UPDATE OF ssn ON p FOR EACH ROW WHEN (ft(NEW.ssn) <> OLD.name) EXECUTE FUNCTION trg()',
    [
      'ddl s.p',
      'execute function s.ft',
      'execute function s.trg',
      'opaque database',
      'select s.ch.name condition via inheritance',
      'select s.ch.ssn condition via inheritance',
      'select s.p.name condition',
      'select s.p.ssn condition',
    ],
  ],
  [
    'CREATE CONSTRAINT TRIGGER nt AFTER INSERT ON p FROM r FOR EACH ROW EXECUTE FUNCTION trg()',
    ['ddl s.p', 'ddl s.r', 'execute function s.trg', 'opaque database'],
  ],
  ['ALTER TRIGGER tg ON loose RENAME TO tg2', ['ddl s.loose']],
  ['DROP TRIGGER tg ON loose', ['ddl s.loose', 'opaque database']],
  [
    'CREATE RULE ru AS ON INSERT TO p DO ALSO INSERT INTO loose VALUES (NEW.id, NEW.ssn)',
    ['ddl s.p', 'opaque database'],
  ],
  [
    "CREATE POLICY po ON p USING (ft(ssn) <> '' AND EXISTS (SELECT FROM r)) WITH CHECK (id > 0)",
    [
      'ddl s.p',
      'execute function s.ft',
      'opaque database',
      'select s.ch.id condition via inheritance',
      'select s.ch.ssn condition via inheritance',
      'select s.p.id condition',
      'select s.p.ssn condition',
      'select s.r output',
    ],
  ],
  ["ALTER POLICY pol ON loose USING (ssn <> '')", ['ddl s.loose', 'opaque database', 'select s.loose.ssn condition']],
  ['CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION etrg()', ['ddl database', 'opaque database']],
  ['ALTER EVENT TRIGGER et DISABLE', ['ddl database', 'opaque database'], 'ALTER EVENT TRIGGER'],
  ['CREATE AGGREGATE na (int) (SFUNC = int4pl, STYPE = int)', ['ddl schema s', 'opaque database']],
  ['CREATE OPERATOR ==== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)', ['ddl schema s', 'opaque database']],
  ['ALTER OPERATOR === (int, int) SET (RESTRICT = NONE)', ['ddl schema s', 'opaque database']],
  ['CREATE OPERATOR CLASS oc FOR TYPE int USING btree AS OPERATOR 1 <', ['ddl schema s', 'opaque database']],
  ['CREATE OPERATOR FAMILY nof USING btree', ['ddl schema s', 'opaque database']],
  ['ALTER OPERATOR FAMILY opf USING btree ADD OPERATOR 1 < (int, int)', ['ddl schema s', 'opaque database']],
  ['CREATE CAST (en AS int) WITH INOUT', ['ddl database', 'opaque database']],
  ["CREATE CONVERSION nc FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8", ['ddl schema s', 'opaque database']],
  [
    'CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION f(internal))',
    ['ddl database', 'opaque database'],
    'CREATE TRANSFORM',
  ],
  ['CREATE LANGUAGE plx HANDLER plpgsql_call_handler', ['ddl database', 'opaque database'], 'CREATE LANGUAGE'],
  ['CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler', ['ddl database', 'opaque database']],
  ['CREATE TEXT SEARCH CONFIGURATION nts (COPY = simple)', ['ddl schema s', 'opaque database']],
  ['ALTER TEXT SEARCH CONFIGURATION tsc ALTER MAPPING FOR word WITH simple', ['ddl schema s']],
  ['ALTER TEXT SEARCH DICTIONARY tsd (StopWords)', ['ddl schema s', 'opaque database']],
  ['CREATE EXTENSION pg_trgm', ['ddl database', 'opaque database'], 'CREATE EXTENSION'],
  ['ALTER EXTENSION plpgsql UPDATE', ['ddl database', 'opaque database'], 'ALTER EXTENSION'],
  ['ALTER EXTENSION plpgsql ADD TABLE loose', ['ddl database', 'opaque database'], 'ALTER EXTENSION'],
  ["LOAD 'nowhere'", ['ddl database', 'opaque database'], 'LOAD'],
  // Rights and roles
  ['GRANT SELECT (ssn), UPDATE ON p, loose TO PUBLIC', ['ddl s.loose', 'ddl s.p', 'opaque database']],
  ['REVOKE ALL ON p FROM PUBLIC', ['ddl s.p', 'opaque database']],
  ['GRANT SELECT ON ALL TABLES IN SCHEMA s TO PUBLIC', ['ddl schema s', 'opaque database']],
  ['GRANT USAGE ON SCHEMA s TO PUBLIC', ['ddl schema s', 'opaque database']],
  ['GRANT EXECUTE ON FUNCTION f(int) TO PUBLIC', ['ddl function s.f', 'opaque database']],
  ['GRANT USAGE ON TYPE en TO PUBLIC', ['ddl schema s', 'opaque database']],
  ['GRANT SET ON PARAMETER work_mem TO PUBLIC', ['ddl setting work_mem', 'opaque database']],
  ['GRANT TEMPORARY ON DATABASE postgres TO PUBLIC', ['ddl database', 'opaque database']],
  ['GRANT pg_monitor TO CURRENT_USER', ['ddl database', 'opaque database']],
  ['REVOKE pg_monitor FROM CURRENT_USER', ['ddl database', 'opaque database']],
  ['ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO PUBLIC', ['ddl database', 'opaque database']],
  ['CREATE ROLE nr LOGIN', ['ddl database', 'opaque database']],
  ["ALTER ROLE nr PASSWORD 'x'", ['ddl database', 'opaque database'], 'ALTER ROLE'],
  ["ALTER ROLE CURRENT_USER SET work_mem = '4MB'", ['ddl database', 'opaque database']],
  ['DROP ROLE nr', ['ddl database', 'opaque database'], 'DROP ROLE'],
  ['DROP OWNED BY nr', ['ddl database', 'opaque database'], 'DROP OWNED'],
  ['REASSIGN OWNED BY nr TO postgres', ['ddl database', 'opaque database'], 'REASSIGN OWNED'],
  ["COMMENT ON COLUMN p.ssn IS 'x'", ['ddl s.p']],
  ["COMMENT ON TRIGGER tg ON loose IS 'x'", ['ddl s.loose']],
  ["COMMENT ON CONSTRAINT p_pkey ON p IS 'x'", ['ddl s.p']],
  ["COMMENT ON FUNCTION f(int) IS 'x'", ['ddl function s.f']],
  ["COMMENT ON INDEX pi IS 'x'", ['ddl schema s']],
  ["COMMENT ON TYPE en IS 'x'", ['ddl schema s']],
  ["COMMENT ON OPERATOR === (int, int) IS 'x'", ['ddl schema s']],
  ["COMMENT ON SCHEMA s IS 'x'", ['ddl schema s']],
  ["COMMENT ON ROLE postgres IS 'x'", ['ddl database']],
  ["SECURITY LABEL ON TABLE p IS 'x'", ['ddl s.p', 'opaque database'], 'SECURITY LABEL'],
  // Other servers, and the server itself
  ['CREATE FOREIGN DATA WRAPPER w', ['ddl database', 'opaque database']],
  ["ALTER FOREIGN DATA WRAPPER w OPTIONS (a 'b')", ['ddl database', 'opaque database'], 'ALTER FOREIGN DATA WRAPPER'],
  ['CREATE SERVER sv FOREIGN DATA WRAPPER w', ['ddl database', 'opaque database'], 'CREATE SERVER'],
  ["ALTER SERVER sv OPTIONS (a 'b')", ['ddl database', 'opaque database'], 'ALTER SERVER'],
  ['CREATE FOREIGN TABLE nt (a int) SERVER sv', ['ddl schema s', 'opaque database'], 'CREATE FOREIGN TABLE'],
  ['IMPORT FOREIGN SCHEMA x FROM SERVER sv INTO s', ['ddl database', 'opaque database'], 'IMPORT FOREIGN SCHEMA'],
  ['CREATE USER MAPPING FOR CURRENT_USER SERVER sv', ['ddl database', 'opaque database'], 'CREATE USER MAPPING'],
  [
    "ALTER USER MAPPING FOR CURRENT_USER SERVER sv OPTIONS (a 'b')",
    ['ddl database', 'opaque database'],
    'ALTER USER MAPPING',
  ],
  ['DROP USER MAPPING FOR CURRENT_USER SERVER sv', ['ddl database', 'opaque database'], 'DROP USER MAPPING'],
  ['CREATE PUBLICATION pb FOR TABLE loose (id) WHERE (id > 1)', ['ddl database', 'opaque database']],
  ['ALTER PUBLICATION pb ADD TABLE p', ['ddl database', 'opaque database'], 'ALTER PUBLICATION'],
  ["CREATE SUBSCRIPTION sb CONNECTION 'x' PUBLICATION pb", ['ddl database', 'opaque database'], 'CREATE SUBSCRIPTION'],
  ['ALTER SUBSCRIPTION sb DISABLE', ['ddl database', 'opaque database'], 'ALTER SUBSCRIPTION'],
  ['DROP SUBSCRIPTION sb', ['ddl database', 'opaque database'], 'DROP SUBSCRIPTION'],
  ['CREATE DATABASE nd', ['ddl database', 'opaque database'], 'CREATE DATABASE'],
  ['ALTER DATABASE nd ALLOW_CONNECTIONS false', ['ddl database', 'opaque database'], 'ALTER DATABASE'],
  ["ALTER DATABASE nd SET work_mem = '4MB'", ['ddl database', 'opaque database'], 'ALTER DATABASE'],
  ['ALTER DATABASE nd REFRESH COLLATION VERSION', ['ddl database', 'opaque database'], 'ALTER DATABASE'],
  ['DROP DATABASE nd', ['ddl database', 'opaque database'], 'DROP DATABASE'],
  ["CREATE TABLESPACE ts LOCATION '/nowhere'", ['ddl database', 'opaque database'], 'CREATE TABLESPACE'],
  ['ALTER TABLESPACE pg_default SET (random_page_cost = 2)', ['ddl database', 'opaque database'], 'ALTER TABLESPACE'],
  ['DROP TABLESPACE ts', ['ddl database', 'opaque database'], 'DROP TABLESPACE'],
  ["ALTER SYSTEM SET work_mem = '4MB'", ['ddl database', 'opaque database'], 'ALTER SYSTEM'],
  ['ALTER LARGE OBJECT 1 OWNER TO CURRENT_USER', ['ddl database', 'opaque database']],
];
