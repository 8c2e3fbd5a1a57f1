import type { CatalogType } from '../../catalog/catalog.ts';
import { isBuiltinOid } from './calls.ts';
import type { Context } from './context.ts';
import type { StaticType } from './value.ts';

/**
 * Could a value of this type be an argument of a parameter of that type? In doubt it could. Domains pass as what they are
 * over, and what they are over passes as them.
 * @see can_coerce_type in PostgreSQL's parse_coerce.c
 */
export function canPass(context: Context, type: StaticType, parameterOid: number): boolean {
  // Pseudo-types (any, anyelement, record) are among the built-in ones.
  if (isBuiltinOid(parameterOid)) return true;
  const own = type.kind === 'user' ? basesOf(context, type.type.oid) : undefined;
  if (own === undefined && type.kind !== 'builtin') return true;
  const wanted = basesOf(context, parameterOid);
  const from = own ?? [];
  if (hasCast(context, own, wanted)) return true;
  const base = baseType(context, from);
  const target = baseType(context, wanted);
  if (target === 'builtin') return true;
  if (base === 'builtin' || type.kind === 'builtin') return false;
  if (base === undefined || target === undefined) return true;
  return base.oid === target.oid || !isSimple(base);
}

/** Rows, arrays and the like have conversions of their own (a child table's row is one of its parent's). */
function isSimple({ kind }: CatalogType): boolean {
  return kind === 'enum' || kind === 'range' || kind === 'base';
}

/** The type and, for a domain, what it is over, down to the bottom. */
function basesOf(context: Context, oid: number): readonly number[] {
  const bases = [oid];
  for (let next = context.env.index.typeByOid(oid)?.baseOid; next !== undefined && !bases.includes(next); ) {
    bases.push(next);
    next = context.env.index.typeByOid(next)?.baseOid;
  }
  return bases;
}

function baseType(context: Context, bases: readonly number[]): CatalogType | 'builtin' | undefined {
  const oid = bases.at(-1);
  if (oid === undefined) return undefined;
  return isBuiltinOid(oid) ? 'builtin' : context.env.index.typeByOid(oid);
}

/** @param own undefined: a built-in type, nobody knows which */
function hasCast(context: Context, own: readonly number[] | undefined, wanted: readonly number[]): boolean {
  return wanted.some((target) =>
    context.env.index
      .userCastsTouching(target)
      .some((cast) => cast.targetTypeOid === target && (own === undefined || own.includes(cast.sourceTypeOid))),
  );
}
