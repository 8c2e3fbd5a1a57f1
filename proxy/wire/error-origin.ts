import type { ErrorFields } from './backend-messages.ts';

/** Source files of procedural languages and of what speaks to other servers: their messages are anybody's text. */
const FOREIGN = /^(?:pl_|plpy|plperl|pltcl|plv8|dblink|connection\.c|postgres_fdw|option\.c|file_fdw)/;

/** Source files that name constraints, columns and tables in messages and fields, and nothing else. */
const CONSTRAINTS: ReadonlySet<string> = new Set([
  'nbtinsert.c',
  'execMain.c',
  'execIndexing.c',
  'execPartition.c',
  'execExprInterp.c',
  'execReplication.c',
  'domains.c',
  'ri_triggers.c',
  'tablecmds.c',
  'tuplesort.c',
  'tuplesortvariants.c',
]);

/**
 * Raised by the server's own code, not by a function's RAISE or by another server.
 * @see PostgreSQL manual, "Error and Notice Message Fields": field F, the file of the source code
 */
export function isServersOwn(fields: ErrorFields): boolean {
  const file = fields.get('F');
  return file !== undefined && !FOREIGN.test(file);
}

/** Raised where constraints are checked: fields s, t, c, d and n are names. */
export function isOfConstraint(fields: ErrorFields): boolean {
  return CONSTRAINTS.has(fields.get('F') ?? '');
}

/**
 * Found while the text was read, before any row was: it has a position, and no function was at work. Literals are
 * converted then, so `WHERE id = 'abc'` fails here, and shows what the client itself has written.
 */
export function isOfStatementText(fields: ErrorFields): boolean {
  if (!isServersOwn(fields) || fields.has('W') || fields.has('q')) return false;
  return fields.has('P') || BEFORE_ROWS.has(fields.get('F') ?? '');
}

/** Rewriting and the rights of the upstream role: no value is at hand there. */
const BEFORE_ROWS: ReadonlySet<string> = new Set(['rewriteHandler.c', 'analyze.c', 'aclchk.c']);
