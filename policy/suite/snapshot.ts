import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';

/**
 * A catalog as a file, so that policies can be tested where no database is: in a pull request, on a laptop.
 * gzip of JSON; nothing in it is data of the database, only names, types and definitions.
 */

const FORMAT = 'stepward-catalog-1';

const column = z.strictObject({
  name: z.string(),
  number: z.number(),
  type: z.string(),
  typeOid: z.number(),
  generated: z.string().optional(),
  default: z.string().optional(),
});
const trigger = z.strictObject({
  name: z.string(),
  functionOid: z.number(),
  events: z.array(z.enum(['insert', 'update', 'delete', 'truncate'])),
  definition: z.string().optional(),
});
const action = z.enum(['noAction', 'restrict', 'cascade', 'setNull', 'setDefault']);
const foreignKey = z.strictObject({
  columns: z.array(z.string()),
  references: z.number(),
  referencedColumns: z.array(z.string()),
  onDelete: action,
  onUpdate: action,
});
const index = z.strictObject({ isUnique: z.boolean(), columns: z.array(z.string()), expressions: z.array(z.string()) });
const policy = z.strictObject({
  name: z.string(),
  command: z.enum(['all', 'select', 'insert', 'update', 'delete']),
  using: z.string().optional(),
  check: z.string().optional(),
});
const relation = z.strictObject({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['table', 'partitionedTable', 'view', 'materializedView', 'foreignTable', 'sequence', 'compositeType']),
  owner: z.string(),
  columns: z.array(column),
  parents: z.array(z.number()),
  definition: z.string().optional(),
  checks: z.array(z.string()),
  triggers: z.array(trigger),
  rules: z.array(z.strictObject({ name: z.string(), event: z.string(), definition: z.string() })),
  hasRowSecurity: z.boolean(),
  isRowSecurityForced: z.boolean().optional(),
  isRowSecurityActive: z.boolean().optional(),
  isSecurityInvoker: z.boolean().optional(),
  policies: z.array(policy).optional(),
  foreignKeys: z.array(foreignKey).optional(),
  indexes: z.array(index).optional(),
});
const code = z.strictObject({
  signature: z.string(),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      mode: z.enum(['in', 'out', 'inout', 'variadic', 'table']),
      typeOid: z.number(),
    }),
  ),
  defaults: z.string().optional(),
  settings: z.array(z.string()),
  isAtomic: z.boolean(),
  definer: z.strictObject({ role: z.string(), schemas: z.array(z.string()) }).optional(),
  parts: z.array(z.number()),
});
const fn = z.strictObject({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['function', 'procedure', 'aggregate', 'window']),
  argTypeOids: z.array(z.number()),
  argumentCountMin: z.number(),
  isVariadic: z.boolean(),
  returnTypeOid: z.number(),
  returnsSet: z.boolean(),
  language: z.string(),
  volatility: z.enum(['immutable', 'stable', 'volatile']),
  isSecurityDefiner: z.boolean(),
  body: z.string().optional(),
  extension: z.string().optional(),
  code: code.optional(),
});
const type = z.strictObject({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['base', 'composite', 'domain', 'enum', 'range', 'pseudo', 'array']),
  relationOid: z.number().optional(),
  elementOid: z.number().optional(),
  baseOid: z.number().optional(),
  domainChecks: z.array(z.string()),
});
const catalog = z.strictObject({
  version: z.number(),
  database: z.string(),
  role: z.string().optional(),
  serverVersion: z.number(),
  relations: z.array(relation),
  functions: z.array(fn),
  types: z.array(type),
  userOperators: z.array(z.strictObject({ schema: z.string(), name: z.string(), functionOid: z.number() })),
  userCasts: z.array(z.strictObject({ sourceTypeOid: z.number(), targetTypeOid: z.number(), functionOid: z.number() })),
  schemas: z.array(z.string()),
});
const snapshot = z.strictObject({ format: z.literal(FORMAT), catalog });

export function encodeSnapshot(content: Catalog): Uint8Array {
  return gzipSync(JSON.stringify({ format: FORMAT, catalog: content }));
}

/** @throws Error when the bytes are no snapshot of this format */
export function decodeSnapshot(bytes: Uint8Array): Catalog {
  try {
    return snapshot.parse(JSON.parse(gunzipSync(bytes, { maxOutputLength: 256 * 1024 * 1024 }).toString('utf8')))
      .catalog;
  } catch (cause) {
    throw new Error('this is not a catalog snapshot that this version can read', { cause });
  }
}
