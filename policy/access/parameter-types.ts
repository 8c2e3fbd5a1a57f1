import { FIRST_NORMAL_OID } from './allow/safe-functions.ts';
import type { Namespace } from './analyzer.ts';

/**
 * The namespace for a statement whose Parse message declared types for its parameters. A value for one of them goes
 * through that type's domain checks, casts and operators, which the text does not show.
 * Attack otherwise: Parse `SELECT $1 || ''` with the oid of a composite type whose cast to text reads a table.
 */
export function withParameterTypes(namespace: Namespace, oids: readonly number[]): Namespace {
  if (oids.every((oid) => oid < FIRST_NORMAL_OID)) return namespace;
  const own = oids.map((oid) => (oid < FIRST_NORMAL_OID ? 0 : oid));
  return { ...namespace, parameterTypeOids: own, key: `${namespace.key} $${own.join(',')}` };
}
