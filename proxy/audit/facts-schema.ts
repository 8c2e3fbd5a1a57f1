import { z } from 'zod';
import type { AccessFacts } from '../../policy/access/facts.ts';
import { ACTIONS } from '../../policy/access/facts.ts';

/** Facts as they lie in the store. They may come from an older version, or from a file that somebody has changed. */

const span = z.object({ start: z.number(), end: z.number() });

const resource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('database') }),
  z.object({ kind: z.literal('schema'), schema: z.string() }),
  z.object({ kind: z.literal('table'), schema: z.string(), table: z.string() }),
  z.object({ kind: z.literal('column'), schema: z.string(), table: z.string(), column: z.string() }),
  z.object({ kind: z.literal('function'), schema: z.string(), name: z.string() }),
  z.object({ kind: z.literal('setting'), name: z.string() }),
  z.object({ kind: z.literal('channel'), name: z.string() }),
]);

const target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('table'), schema: z.string(), table: z.string() }),
  z.object({ kind: z.literal('column'), schema: z.string(), table: z.string(), column: z.string() }),
]);

const access = z.object({
  action: z.enum(ACTIONS),
  resource,
  usage: z.enum(['output', 'condition', 'write', 'none']),
  via: z
    .enum([
      'view',
      'inheritance',
      'generated',
      'default',
      'constraint',
      'trigger',
      'temp',
      'prepared',
      'function',
      'policy',
    ])
    .optional(),
  spans: z.array(span),
});

const valueSource = z.object({ resource, isCopy: z.boolean(), via: access.shape.via });
const resultColumn = z.object({
  name: z.string(),
  sources: z.array(valueSource),
  isOpen: z.literal(true).optional(),
});
const flow = z.object({ target, sources: z.array(valueSource) });

const tempRelation = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  sources: z.array(access),
  columnSources: z.array(z.array(valueSource)).optional(),
});
const tempColumn = z.object({ column: z.string(), sources: z.array(valueSource) });
const newTable = z.object({ schema: z.string(), table: z.string(), columns: z.array(z.string()) });
const named = <K extends string>(kind: K) => z.object({ kind: z.literal(kind), name: z.string() });
const maybeNamed = <K extends string>(kind: K) =>
  z.object({ kind: z.literal(kind), name: z.string().optional() }).transform((e) => ({ ...e, name: e.name }));

const effect = z.union([
  z
    .object({ kind: z.literal('set'), name: z.string(), value: z.string().optional(), isLocal: z.boolean() })
    .transform((e) => ({ ...e, value: e.value })),
  z.object({
    kind: z.literal('transaction'),
    verb: z.enum(['begin', 'commit', 'rollback', 'savepoint', 'release', 'rollbackTo']),
    name: z.string().optional(),
    chain: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('prepare'), name: z.string(), body: span }),
  z.object({ kind: z.literal('executePrepared'), name: z.string(), into: newTable.optional() }),
  maybeNamed('deallocate'),
  named('declareCursor'),
  named('fetchCursor'),
  maybeNamed('closeCursor'),
  z.object({ kind: z.literal('createTemp'), relation: tempRelation }),
  z.object({
    kind: z.literal('writeTemp'),
    name: z.string(),
    sources: z.array(access),
    columnSources: z.array(tempColumn).optional(),
  }),
  named('dropTemp'),
  z.object({ kind: z.literal('discard'), what: z.enum(['all', 'plans', 'temp', 'sequences']) }),
  z.object({ kind: z.literal('ddl') }),
]);

const statement = z.object({
  kind: z.string(),
  span,
  accesses: z.array(access),
  opaque: z.array(z.object({ what: z.string(), spans: z.array(span) })),
  effects: z.array(effect),
  result: z.array(resultColumn).optional(),
  flows: z.array(flow).optional(),
  isReadOnly: z.boolean(),
});

export const factsSchema: z.ZodType<AccessFacts> = z.object({ statements: z.array(statement) });
