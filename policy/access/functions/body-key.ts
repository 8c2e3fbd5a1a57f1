import type { Namespace } from '../analyzer.ts';
import type { Argument, BodyCall } from '../query/body-facts.ts';
import type { QueryMemo } from '../query/memo.ts';
import type { StaticType, Value } from '../query/value.ts';
import { tempIdentity } from '../temp-taint.ts';

/** Equal keys: the body touches the same. */
export function bodyKey(call: BodyCall, namespace: Namespace, memo: QueryMemo): string {
  const row =
    call.row === undefined
      ? undefined
      : [call.row.relation.oid, call.row.event, call.row.tables?.map((table) => table.name)];
  return JSON.stringify([call.fn.oid, namespaceKey(namespace, memo), call.args?.map(argumentKey), row]);
}

/** All that names in a namespace depend on. */
export function namespaceKey(namespace: Namespace, memo: QueryMemo): string {
  const known = memo.namespaces.get(namespace);
  if (known !== undefined) return known;
  const { searchPath, role, usableSchemas, tempRelations } = namespace;
  const key = JSON.stringify([searchPath, role, usableSchemas, tempRelations.map(tempIdentity)]);
  memo.namespaces.set(namespace, key);
  return key;
}

function argumentKey({ name, value }: Argument): unknown {
  return [name, valueKey(value)];
}

function valueKey({ lineage, type, isCopy, fields }: Value): unknown {
  const sources = [...lineage.values()].map((one) => `${one.key}${one.isDerived === true ? ' derived' : ''}`);
  return [sources.sort(), typeKey(type), isCopy, fields?.map((field) => [field.name, valueKey(field)])];
}

function typeKey(type: StaticType): string {
  if (type.kind === 'builtin') return `builtin ${type.oid ?? ''}`;
  return type.kind === 'user' ? `user ${type.type.oid}` : type.kind;
}
