/**
 * Well-known extensions whose functions only compute on their arguments, in contrib and beyond; with the exceptions.
 * Their objects belong to whoever installed them (a superuser, also for trusted extensions), so that ordinary roles cannot
 * replace a body. Not here: dblink, postgres_fdw, file_fdw, xml2, pageinspect, pgstattuple, pg_buffercache, amcheck, lo,
 * tablefunc's crosstab and connectby, postgis and everything unknown.
 */
const SAFE_EXTENSIONS: ReadonlyMap<string, { readonly except: readonly string[] }> = new Map([
  ['autoinc', { except: [] }],
  ['btree_gin', { except: [] }],
  ['btree_gist', { except: [] }],
  ['citext', { except: [] }],
  ['cube', { except: [] }],
  ['earthdistance', { except: [] }],
  ['fuzzystrmatch', { except: [] }],
  // populate_record calls input functions of the row's column types, and with them a domain's CHECK.
  ['hstore', { except: ['populate_record'] }],
  ['insert_username', { except: [] }],
  ['intarray', { except: [] }],
  ['isn', { except: [] }],
  ['ltree', { except: [] }],
  ['moddatetime', { except: [] }],
  ['pg_trgm', { except: [] }],
  ['pgcrypto', { except: [] }],
  ['seg', { except: [] }],
  ['tsm_system_rows', { except: [] }],
  ['tsm_system_time', { except: [] }],
  ['unaccent', { except: [] }],
  ['uuid-ossp', { except: [] }],
  ['vector', { except: [] }],
]);

/** tablefunc runs SQL text in all functions but this one. */
const SAFE_SINGLE: ReadonlySet<string> = new Set(['tablefunc.normal_rand']);

/** Is a function that belongs to this extension safe to call: it computes, and reads nothing but its arguments? */
export function isSafeExtensionFunction(extension: string, name: string): boolean {
  if (SAFE_SINGLE.has(`${extension}.${name}`)) return true;
  const known = SAFE_EXTENSIONS.get(extension);
  return known !== undefined && !known.except.includes(name);
}
