import type { CatalogFunction } from '../../catalog/catalog.ts';
import type { FunctionResource } from '../facts.ts';

/** A function as an access names it. */
export function functionResource(fn: CatalogFunction, isSeenThrough: boolean): FunctionResource {
  const base = { kind: 'function', schema: fn.schema, name: fn.name } as const;
  const named = fn.code === undefined ? base : { ...base, signature: fn.code.signature };
  return isSeenThrough ? { ...named, isSeenThrough } : named;
}
