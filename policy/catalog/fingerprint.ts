import type { QueryFn } from './catalog.ts';

/**
 * Changes whenever a snapshot would: names, columns, definitions, functions, constraints, usable schemas. Rows are known
 * by xmin where only DDL writes them; pg_class also changes with REFRESH, TRUNCATE and VACUUM, so there the columns that
 * matter are hashed. Temporary tables come and go all day and are left out. XOR of 64-bit hashes: cheap, order-free, and
 * rows with different oids do not cancel out.
 */
const FINGERPRINT = `
WITH c AS MATERIALIZED (
  SELECT oid, relname, relnamespace, relkind, relowner, relrowsecurity, relchecks, relhastriggers, relhasrules
  FROM pg_catalog.pg_class
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND relpersistence <> 't' AND oid >= 16384
), n AS MATERIALIZED (
  SELECT oid, nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') AS usable FROM pg_catalog.pg_namespace
  WHERE NOT pg_catalog.starts_with(nspname::text, 'pg_temp_') AND NOT pg_catalog.starts_with(nspname::text, 'pg_toast')
)
SELECT pg_catalog.concat_ws('/',
  current_user,
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(n, 0)) FROM n),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(c, 0)) FROM c),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(a.attrelid, a.attnum, a.xmin), 0))
     FROM pg_catalog.pg_attribute a WHERE a.attnum > 0 AND a.attrelid IN (SELECT oid FROM c)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(d.oid, d.xmin), 0))
     FROM pg_catalog.pg_attrdef d WHERE d.adrelid IN (SELECT oid FROM c)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(i.inhrelid, i.inhparent), 0))
     FROM pg_catalog.pg_inherits i),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(r.oid, r.xmin), 0))
     FROM pg_catalog.pg_rewrite r WHERE r.oid >= 16384 AND r.ev_class IN (SELECT oid FROM c)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(t.oid, t.xmin), 0))
     FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgrelid IN (SELECT oid FROM c)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(k.oid, k.xmin), 0))
     FROM pg_catalog.pg_constraint k WHERE k.contype IN ('c', 'f') AND (k.contypid <> 0 OR k.conrelid IN (SELECT oid FROM c))),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(i.indexrelid, i.indrelid, i.indisunique), 0))
     FROM pg_catalog.pg_index i WHERE i.indrelid IN (SELECT oid FROM c)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(p.oid, p.xmin), 0)) FROM pg_catalog.pg_policy p),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(p.oid, p.xmin), 0))
     FROM pg_catalog.pg_proc p WHERE p.pronamespace IN (SELECT oid FROM n)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(t.oid, t.xmin), 0))
     FROM pg_catalog.pg_type t WHERE t.oid >= 16384 AND t.typnamespace IN (SELECT oid FROM n)),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(o.oid, o.xmin), 0))
     FROM pg_catalog.pg_operator o WHERE o.oid >= 16384),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(k.oid, k.xmin), 0)) FROM pg_catalog.pg_cast k),
  (SELECT pg_catalog.bit_xor(pg_catalog.hash_record_extended(ROW(e.oid, e.xmin), 0)) FROM pg_catalog.pg_extension e)
)`;

/**
 * A short text that changes when DDL was done anywhere in the database; for a poller. One query, no locks.
 * Measured on PostgreSQL 18 with 10,000 tables of ten columns: 70 to 90 ms, on two shared cores.
 */
export async function catalogFingerprint(query: QueryFn): Promise<string> {
  const rows = await query(FINGERPRINT);
  const fingerprint = rows[0]?.[0];
  if (typeof fingerprint !== 'string') throw new Error('the catalog fingerprint query gave no row');
  return fingerprint;
}
