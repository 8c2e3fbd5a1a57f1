/**
 * The catalog queries, for servers 15 to 18 and a role without rights. They run with an empty search_path, so that
 * pg_get_viewdef, pg_get_expr and format_type qualify every name outside pg_catalog. Column order is what load-rows.ts reads.
 * Temporary schemas belong to sessions and are no part of a snapshot; pg_toast is never resolved by name.
 */
const NAMESPACES = `pg_catalog.pg_namespace n
  WHERE n.nspname OPERATOR(pg_catalog.<>) 'pg_toast' AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_temp_')
    AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_toast_temp_')`;

const IS_SYSTEM = `n.nspname IN ('pg_catalog', 'information_schema')`;
const RELKINDS = `c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')`;

/** One JSON document, decoded by load-functions.ts. */
const CODE = `pg_catalog.json_build_object(
        'signature', pg_catalog.pg_get_function_identity_arguments(p.oid),
        'names', p.proargnames, 'modes', p.proargmodes,
        'types', COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[])::pg_catalog.int8[],
        'defaults', pg_catalog.pg_get_expr(p.proargdefaults, 0), 'settings', p.proconfig,
        'isAtomic', p.prosqlbody IS NOT NULL, 'owner', pg_catalog.pg_get_userbyid(p.proowner),
        'schemas', CASE WHEN p.prosecdef THEN ARRAY(SELECT s.nspname::text FROM pg_catalog.pg_namespace s
           WHERE pg_catalog.has_schema_privilege(p.proowner, s.oid, 'USAGE')) END,
        'parts', (SELECT ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn,
           g.aggminvtransfn, g.aggmfinalfn]::pg_catalog.int8[] FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid))::text`;

export const QUERIES = {
  server: `SELECT pg_catalog.current_database(), pg_catalog.current_setting('server_version_num'), current_user`,

  /** Only those that the role may use: PostgreSQL skips the others in search_path. */
  schemas: `SELECT n.nspname FROM ${NAMESPACES} AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`,

  /** Views of the system are resources of their own and not seen through: no definition. */
  relations: `SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_get_userbyid(c.relowner), c.relrowsecurity,
      p.oids, c.relforcerowsecurity, CASE WHEN c.relrowsecurity THEN pg_catalog.row_security_active(c.oid) END,
      pg_catalog.array_to_string(c.reloptions, ' ') OPERATOR(pg_catalog.~*) 'security_invoker=([ty1]|on)'
    FROM pg_catalog.pg_class c
      LEFT JOIN (SELECT i.inhrelid, pg_catalog.string_agg(i.inhparent::text, ' ' ORDER BY i.inhseqno) AS oids
        FROM pg_catalog.pg_inherits i GROUP BY 1) p ON p.inhrelid = c.oid,
      ${NAMESPACES} AND n.oid = c.relnamespace AND ${RELKINDS} ORDER BY c.oid`,

  definitions: `SELECT c.oid, pg_catalog.pg_get_viewdef(c.oid)
    FROM pg_catalog.pg_class c, ${NAMESPACES} AND n.oid = c.relnamespace AND c.relkind IN ('v', 'm') AND NOT ${IS_SYSTEM}`,

  /** One row for each relation: 200,000 rows would cost the server and us several times as much. Read by columns.ts. */
  columns: `SELECT a.attrelid, pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.atttypid, a.atttypmod,
        pg_catalog.replace(pg_catalog.replace(a.attname::text, E'\\\\', E'\\\\\\\\'), E'\\n', E'\\\\n')), E'\\n')
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND ${RELKINDS}
      AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid`,

  /** format_type() of each type that a column has, once. */
  columnTypes: `SELECT t.atttypid, t.atttypmod, pg_catalog.format_type(t.atttypid, t.atttypmod)
    FROM (SELECT DISTINCT a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute a WHERE a.attnum > 0) t`,

  /** Defaults, and expressions of generated columns. */
  defaults: `SELECT d.adrelid, d.adnum, a.attgenerated <> '', pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum`,

  /** CHECK constraints, and what row security checks of rows that are written: it is given the writer's values as well. */
  checks: `SELECT k.conrelid, pg_catalog.pg_get_expr(k.conbin, k.conrelid), k.conname
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0
    UNION ALL
    SELECT p.polrelid, e.expression, p.polname
    FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid AND c.relrowsecurity,
      LATERAL (VALUES (pg_catalog.pg_get_expr(p.polqual, p.polrelid)),
        (pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))) e (expression)
    WHERE p.polcmd <> 'r' AND e.expression IS NOT NULL
    ORDER BY 1, 3, 2`,

  policies: `SELECT p.polrelid, p.polname, p.polcmd, pg_catalog.pg_get_expr(p.polqual, p.polrelid),
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
    FROM pg_catalog.pg_policy p ORDER BY p.polrelid, p.polname`,

  /** Those that can fire for an ordinary session: enabled, and not for replicas only. */
  triggers: `SELECT t.tgrelid, t.tgname, t.tgfoid, t.tgtype, pg_catalog.pg_get_triggerdef(t.oid)
    FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') ORDER BY t.tgrelid, t.tgname`,

  rules: `SELECT r.ev_class, r.rulename, r.ev_type, pg_catalog.pg_get_ruledef(r.oid)
    FROM pg_catalog.pg_rewrite r
    WHERE r.rulename <> '_RETURN' AND r.ev_enabled IN ('O', 'A') AND r.oid >= 16384 ORDER BY r.ev_class, r.rulename`,

  foreignKeys: `SELECT k.conrelid, pg_catalog.array_to_string(k.conkey, ' '), k.confrelid,
      pg_catalog.array_to_string(k.confkey, ' '), k.confdeltype, k.confupdtype
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' ORDER BY k.conrelid, k.oid`,

  /** Those that can refuse a row for what other rows hold, and those that compute something. Key columns come first. */
  indexes: `SELECT i.indrelid, i.indisunique OR i.indisexclusion, i.indnkeyatts, i.indkey,
      pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid)
    FROM pg_catalog.pg_index i
    WHERE i.indrelid >= 16384 AND i.indislive
      AND (i.indisunique OR i.indisexclusion OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    ORDER BY i.indrelid, i.indexrelid`,

  functions: `SELECT p.oid, n.nspname, p.proname, p.prokind, p.proargtypes, p.pronargs OPERATOR(pg_catalog.-) p.pronargdefaults,
      p.provariadic <> 0, p.prorettype, p.proretset, l.lanname, p.provolatile, p.prosecdef,
      CASE WHEN ${IS_SYSTEM} OR l.lanname NOT IN ('sql', 'plpgsql') THEN NULL
           WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE pg_catalog.pg_get_function_sqlbody(p.oid) END,
      e.extname,
      CASE WHEN NOT ${IS_SYSTEM} AND (l.lanname IN ('sql', 'plpgsql') OR p.prokind = 'a') THEN ${CODE} END
    FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
      LEFT JOIN pg_catalog.pg_depend x ON x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.objid = p.oid
        AND x.deptype = 'e'
      LEFT JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid,
      ${NAMESPACES} AND n.oid = p.pronamespace ORDER BY p.oid`,

  /** The element is an array's element, a range's subtype or a domain's base type. */
  types: `SELECT t.oid, n.nspname, t.typname, t.typtype,
      t.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc, NULLIF(t.typrelid, 0),
      COALESCE(NULLIF(t.typbasetype, 0), NULLIF(t.typelem, 0), r.rngsubtype, m.rngsubtype)
    FROM pg_catalog.pg_type t
      LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
      LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid = t.oid,
      ${NAMESPACES} AND n.oid = t.typnamespace ORDER BY t.oid`,

  /**
   * What a domain calls, in its CHECK constraints and its default: the expression, and the functions (also behind
   * operators) that it depends on.
   */
  domainChecks: `SELECT d.type, d.expression, (
      SELECT pg_catalog.string_agg(DISTINCT f.oid::text, ' ')
      FROM pg_catalog.pg_depend x
        LEFT JOIN pg_catalog.pg_operator o
          ON x.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = x.refobjid
        JOIN pg_catalog.pg_proc f
          ON f.oid = CASE x.refclassid WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN x.refobjid ELSE o.oprcode END
      WHERE x.classid = d.class AND x.objid = d.object)
    FROM (
      SELECT k.contypid AS type, pg_catalog.pg_get_expr(k.conbin, 0) AS expression,
        'pg_catalog.pg_constraint'::pg_catalog.regclass AS class, k.oid AS object
      FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.contypid <> 0
      UNION ALL
      SELECT t.oid, pg_catalog.pg_get_expr(t.typdefaultbin, 0), 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
      FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typdefaultbin IS NOT NULL
    ) d ORDER BY 1, 2`,

  operators: `SELECT n.nspname, o.oprname, o.oprcode::pg_catalog.oid
    FROM pg_catalog.pg_operator o, ${NAMESPACES} AND n.oid = o.oprnamespace AND o.oprcode <> 0
      AND (o.oid >= 16384 OR o.oprcode >= 16384::pg_catalog.oid) ORDER BY o.oid`,

  casts: `SELECT k.castsource, k.casttarget, k.castfunc
    FROM pg_catalog.pg_cast k WHERE k.oid >= 16384 OR k.castfunc >= 16384::pg_catalog.oid ORDER BY k.oid`,
} as const;
