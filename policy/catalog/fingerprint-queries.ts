/** The queries of fingerprint.ts, each with one value as its result. */

/**
 * While it stays the same, no transaction that wrote anything has ended. NULL on a standby, whose snapshots do not list
 * the transactions that run.
 */
export const SNAPSHOT = `SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_snapshot()::text END`;

/** Those that a snapshot is read from. */
const CATALOGS = [
  'pg_namespace',
  'pg_class',
  'pg_attribute',
  'pg_attrdef',
  'pg_inherits',
  'pg_rewrite',
  'pg_trigger',
  'pg_constraint',
  'pg_index',
  'pg_policy',
  'pg_proc',
  'pg_type',
  'pg_operator',
  'pg_opclass',
  'pg_amproc',
  'pg_amop',
  'pg_cast',
  'pg_extension',
  'pg_event_trigger',
  'pg_auth_members',
];

/** pg_authid is for superusers only, so roles are known by what pg_roles shows of them. */
const ROLES = `(SELECT pg_catalog.sum(pg_catalog.hash_record_extended(
    ROW(r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolbypassrls), 0)) FROM pg_catalog.pg_roles r)`;

/**
 * Changes with every row of a catalog that is written: xmin is another one then. The multiset of them is told by a sum of
 * hashes, which is order-free and does not cancel out. age() makes an integer of xmin at no cost, and less the age of a
 * fixed transaction it stands still.
 */
export const ROWS = `SELECT pg_catalog.concat_ws('/', ${[...CATALOGS.map(rowsOf), ROLES].join(',\n  ')})`;

function rowsOf(catalog: string): string {
  return `(SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashint4(
    pg_catalog.age(xmin) OPERATOR(pg_catalog.-) pg_catalog.age('3'::pg_catalog.xid)))) FROM pg_catalog.${catalog})`;
}

/**
 * Changes whenever a snapshot would, and seldom else. Rows are known by xmin where only DDL writes them; pg_class also
 * changes with REFRESH, TRUNCATE and VACUUM, so there the columns that matter are hashed. Temporary tables come and go all
 * day and are left out. XOR of 64-bit hashes: cheap, order-free, and rows with different oids do not cancel out.
 */
export const EXACT = `
WITH c AS MATERIALIZED (
  SELECT oid, relname, relnamespace, relkind, relowner, relrowsecurity, relforcerowsecurity, relchecks, relhastriggers,
    relhasrules, reloptions
  FROM pg_catalog.pg_class
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND relpersistence <> 't' AND oid >= 16384
), n AS MATERIALIZED (
  SELECT oid, nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') AS usable, nspacl FROM pg_catalog.pg_namespace
  WHERE NOT pg_catalog.starts_with(nspname::text, 'pg_temp_') AND NOT pg_catalog.starts_with(nspname::text, 'pg_toast')
), f AS MATERIALIZED (
  SELECT DISTINCT proowner FROM pg_catalog.pg_proc WHERE prosecdef AND pronamespace IN (SELECT oid FROM n)
)
SELECT pg_catalog.concat_ws('/',
  current_user,
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(n, 0)) FROM n),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(c, 0)) FROM c),
  ${[
    hashed('a.attrelid, a.attnum, a.xmin', 'pg_attribute a WHERE a.attnum > 0 AND a.attrelid IN (SELECT oid FROM c)'),
    hashed('d.oid, d.xmin', 'pg_attrdef d WHERE d.adrelid IN (SELECT oid FROM c)'),
    hashed('i.inhrelid, i.inhparent', 'pg_inherits i'),
    hashed('r.oid, r.xmin', 'pg_rewrite r WHERE r.oid >= 16384 AND r.ev_class IN (SELECT oid FROM c)'),
    hashed('t.oid, t.xmin', 'pg_trigger t WHERE NOT t.tgisinternal AND t.tgrelid IN (SELECT oid FROM c)'),
    hashed(
      'k.oid, k.xmin',
      `pg_constraint k WHERE k.contype IN ('c', 'f') AND (k.contypid <> 0 OR k.conrelid IN (SELECT oid FROM c))`,
    ),
    hashed('i.indexrelid, i.indrelid, i.indisunique', 'pg_index i WHERE i.indrelid IN (SELECT oid FROM c)'),
    hashed('p.oid, p.xmin', 'pg_policy p'),
    hashed('p.oid, p.xmin', 'pg_proc p WHERE p.pronamespace IN (SELECT oid FROM n)'),
    hashed('t.oid, t.xmin', 'pg_type t WHERE t.oid >= 16384 AND t.typnamespace IN (SELECT oid FROM n)'),
    hashed('o.oid, o.xmin', 'pg_operator o WHERE o.oid >= 16384'),
    hashed('o.oid, o.xmin', 'pg_opclass o WHERE o.oid >= 16384'),
    hashed('o.oid, o.xmin', 'pg_amproc o WHERE o.oid >= 16384'),
    hashed('o.oid, o.xmin', 'pg_amop o WHERE o.oid >= 16384'),
    hashed('k.oid, k.xmin', 'pg_cast k'),
    hashed('e.oid, e.xmin', 'pg_extension e'),
    hashed('e.oid, e.xmin', 'pg_event_trigger e'),
    // Of roles only what the snapshot says of them: others come and go.
    hashed('r.oid, r.rolname', 'pg_roles r WHERE r.oid IN (SELECT relowner FROM c UNION SELECT proowner FROM f)'),
    `(SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(
      ROW(f.proowner, n.oid, pg_catalog.has_schema_privilege(f.proowner, n.oid, 'USAGE')), 0)) FROM f, n)`,
    `(SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(
      ROW(c.oid, pg_catalog.row_security_active(c.oid)), 0)) FROM c WHERE c.relrowsecurity)`,
  ].join(',\n  ')}
)`;

function hashed(row: string, source: string): string {
  return `(SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(${row}), 0)) FROM pg_catalog.${source})`;
}
