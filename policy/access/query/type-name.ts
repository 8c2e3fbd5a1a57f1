import type { CatalogRelation } from '../../catalog/catalog.ts';
import { unknownType, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bool, list, locationOf, names } from '../tree.ts';
import { convert, convertToBuiltin, isBuiltinOid, typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { Column, StaticType, Value } from './value.ts';
import { BUILTIN, NO_LINEAGE, ROW, UNDETERMINED } from './value.ts';

export type ResolvedType = {
  readonly type: StaticType;
  readonly oid: number | undefined;
  /** The relation of a row type. */
  readonly relation?: CatalogRelation;
};

/** What a TypeName stands for (LookupTypeName, parse_type.c). Of an array type, its element. */
export function resolveTypeName(context: Context, typeName: Tree): ResolvedType {
  requireKnown('TypeName', typeName);
  const location = locationOf(typeName);
  if (bool(typeName, 'pct_type')) throw unsupported('%TYPE', location);
  const parts = names(list(typeName, 'names'));
  const name = parts.at(-1) ?? '';
  if (parts.length > 3) throw unsupported('improper qualified name', location);
  return resolveType(context, parts.at(-2), name, location);
}

export function findType(context: Context, schema: string | undefined, name: string): ResolvedType | undefined {
  const { index, namespace } = context.env;
  const object = schema === undefined ? { name } : { schema, name };
  const found = index.resolveType(namespace, object);
  if (found !== undefined) {
    const relation = found.relationOid === undefined ? undefined : index.relationByOid(found.relationOid);
    const type: StaticType = isBuiltinOid(found.oid) ? BUILTIN : { kind: 'user', type: found };
    return relation === undefined ? { type, oid: found.oid } : { type, oid: found.oid, relation };
  }
  // Row types of the system's own relations, and of this session's temporary tables, are not in the catalog's types.
  const resolved = index.resolveRelation(namespace, object);
  if (resolved === undefined) return arrayType(context, schema, name);
  if (resolved.kind === 'temp') return { type: UNDETERMINED, oid: undefined };
  return { type: ROW, oid: undefined, relation: resolved.relation };
}

/** `_int4` is int4[]; arrays of built-in types are not in the snapshot. */
function arrayType(context: Context, schema: string | undefined, name: string): ResolvedType | undefined {
  return name.startsWith('_') ? findType(context, schema, name.slice(1)) : undefined;
}

function resolveType(context: Context, schema: string | undefined, name: string, location?: number): ResolvedType {
  const found = findType(context, schema, name);
  if (found === undefined) throw unknownType(schema === undefined ? name : `${schema}.${name}`, location);
  return found;
}

/** `value::type` and its relatives: what the conversion calls, and the value with its new type. */
export function castValue(context: Context, value: Value, typeName: Tree, location?: number): Value {
  const target = resolveTypeName(context, typeName);
  const isArray = list(typeName, 'arrayBounds').length > 0;
  // `verified_ssn 'x'` has no place of its own: the type's is shown.
  applyCast(context, value, target, location ?? locationOf(typeName));
  if (isArray || target.relation === undefined) {
    return { lineage: value.lineage, type: isArray ? target.type : withOid(target, typeName) };
  }
  return { lineage: value.lineage, type: target.type, fields: fieldsOf(context, target.relation, value) };
}

/** `_int4` is an array under the name of its element. */
function withOid({ type, oid }: ResolvedType, typeName: Tree): StaticType {
  const isArray = names(list(typeName, 'names')).at(-1)?.startsWith('_') ?? true;
  return type.kind === 'builtin' && oid !== undefined && !isArray ? { kind: 'builtin', oid } : type;
}

export function applyCast(context: Context, value: Value, target: ResolvedType, location?: number): void {
  if (target.type.kind === 'user') convert(context, value, target.type, location);
  else if (target.oid !== undefined) convertToBuiltin(context, value, target.oid, location);
  else convert(context, value, UNDETERMINED, location);
}

/** Names are the row type's; which field came from where is not followed: each may hold everything that went in. */
function fieldsOf(context: Context, relation: CatalogRelation, value: Value): readonly Column[] {
  const { lineage } = value;
  return relation.columns.map(({ name, typeOid }) => ({ name, lineage, type: typeOfOid(context, typeOid) }));
}

/** A column that a definition list declares: `AS t(x verified_ssn)`. */
export function declaredColumn(context: Context, name: string, typeName: Tree | undefined, value: Value): Column {
  if (typeName === undefined) return { name, lineage: value.lineage, type: BUILTIN };
  const target = resolveTypeName(context, typeName);
  applyCast(context, { lineage: NO_LINEAGE, type: BUILTIN }, target, locationOf(typeName));
  return { name, lineage: value.lineage, type: list(typeName, 'arrayBounds').length > 0 ? UNDETERMINED : target.type };
}
