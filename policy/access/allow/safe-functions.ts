import type { CatalogFunction } from '../../catalog/catalog.ts';
import { isSafeExtensionFunction } from './safe-extensions.ts';
import { SAFE_IMMUTABLE } from './safe-immutable.ts';
import { SAFE_REVIEWED } from './safe-reviewed.ts';

/**
 * Helpers of information_schema's own views, which drivers also call (pgJDBC: _pg_expandarray). SQL functions over their
 * arguments and pg_index or pg_type.
 */
const INFORMATION_SCHEMA = new Set([
  '_pg_char_max_length',
  '_pg_char_octet_length',
  '_pg_datetime_precision',
  '_pg_expandarray',
  '_pg_index_position',
  '_pg_interval_type',
  '_pg_numeric_precision',
  '_pg_numeric_precision_radix',
  '_pg_numeric_scale',
  '_pg_truetypid',
  '_pg_truetypmod',
]);

const SAFE: ReadonlySet<string> = new Set([...SAFE_IMMUTABLE, ...SAFE_REVIEWED]);

/** The first oid that CREATE FUNCTION can give: everything below came with the server (FirstNormalObjectId). */
export const FIRST_NORMAL_OID = 16_384;

/**
 * Is the built-in of that name, in pg_catalog, safe to call: it reads no rows, runs no SQL text, touches no file, setting
 * or other session. An allow-list: a name that a newer server adds is not safe until it was reviewed.
 */
export function isSafeFunction(name: string): boolean {
  return SAFE.has(name);
}

/**
 * Is this very function safe to call? Looks at the oid as well: an overload that somebody added to pg_catalog under a safe
 * name is not a built-in. Functions of well-known extensions count as safe where they only compute.
 */
export function isSafeCall(fn: CatalogFunction): boolean {
  if (fn.extension !== undefined) return isSafeExtensionFunction(fn.extension, fn.name);
  if (fn.oid >= FIRST_NORMAL_OID) return false;
  if (fn.schema === 'information_schema') return INFORMATION_SCHEMA.has(fn.name);
  return fn.schema === 'pg_catalog' && SAFE.has(fn.name);
}

/** The allow-list itself: for the test that compares it with pg_proc. */
export function safeFunctionNames(): readonly string[] {
  return [...SAFE];
}
