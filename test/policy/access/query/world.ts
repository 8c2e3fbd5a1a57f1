import { loadModule, parseSync } from 'libpg-query';
import type { Namespace } from '../../../../policy/access/analyzer.ts';
import { Collector } from '../../../../policy/access/collector.ts';
import type { Access, StatementFacts, TempRelation, ValueSource } from '../../../../policy/access/facts.ts';
import { resourceKey } from '../../../../policy/access/facts.ts';
import type { Environment, OutputColumn } from '../../../../policy/access/query/environment.ts';
import { createQueryMemo } from '../../../../policy/access/query/memo.ts';
import { analyseQuery } from '../../../../policy/access/query/query.ts';
import type { Catalog } from '../../../../policy/catalog/catalog.ts';
import { indexCatalog } from '../../../../policy/catalog/catalog-index.ts';
import { buildCatalog } from '../../../support/catalog.ts';

await loadModule();

const ANY = 2283;
const RECORD = 2249;

/** A small shop; every object is there for a rule that the fixtures check. */
export const shop = buildCatalog({
  relations: {
    'public.customers': { columns: { id: 'int4', name: 'text', ssn: 'text', country: 'text' } },
    'public.orders': { columns: { id: 'int4', customer_id: 'int4', note: 'text' } },
    'public.settings': { columns: { key: 'text', value: 'text' } },
    'public.people': { columns: { id: 'int4', ssn: 'text', tail: { type: 'text', generated: 'right(ssn, 3)' } } },
    'public.badges': { columns: { id: 'int4', holder: { type: 'text', default: 'public.get_ssn(17)' } } },
    'public.tickets': {
      columns: { id: 'int4', subject: 'text' },
      checks: ['CHECK (public.is_fine(subject))'],
      triggers: [{ name: 'fill', functionOid: 21_000, events: ['insert'] }],
    },
    'public.ruled': { columns: { id: 'int4' }, rules: [{ name: 'also', event: 'insert', definition: '' }] },
    'public.events': { kind: 'partitionedTable', columns: { id: 'int4', ssn: 'text' } },
    'public.events_2024': { columns: { id: 'int4', ssn: 'text' }, parents: ['public.events'] },
    'public.ref': { kind: 'compositeType', columns: { id: 'int4' } },
    'public.typed': { columns: { r: 'public.ref', v: 'public.verified' } },
    'hr.customers': { columns: { id: 'int4', ssn: 'text' } },
    'public.full_view': {
      kind: 'view',
      columns: { id: 'int4', label: 'text', tax: 'text' },
      definition: 'SELECT customers.id, lower(customers.name) AS label, customers.ssn AS tax FROM public.customers;',
    },
    'public.nested_view': {
      kind: 'view',
      columns: { id: 'int4', tax: 'text' },
      definition: 'SELECT full_view.id, full_view.tax FROM public.full_view;',
    },
    'public.filtered_view': {
      kind: 'view',
      columns: { id: 'int4' },
      definition: "SELECT customers.id FROM public.customers WHERE customers.ssn > 'x'::text;",
    },
    'public.calling_view': { kind: 'view', columns: { s: 'text' }, definition: 'SELECT public.get_ssn(1) AS s;' },
    'public.distinct_view': {
      kind: 'view',
      columns: { id: 'int4', ssn: 'text' },
      definition: 'SELECT DISTINCT customers.id, customers.ssn FROM public.customers;',
    },
    'public.broken_view': { kind: 'view', columns: { x: 'int4' }, definition: 'SELECT nope.x FROM public.nope;' },
  },
  functions: {
    'public.get_ssn': { args: ['int4'], returns: 'text' },
    'public.ssn_of': { args: ['public.customers'], returns: 'text' },
    'public.all_customers': { returns: 'public.customers' },
    'public.is_fine': { args: ['text'], returns: 'bool' },
    'public.ref_text': { args: ['public.ref'], returns: 'text' },
    'public.sum_up': { args: ['int4'], kind: 'aggregate' },
    'public.lower': { args: ['public.ref'] },
    'hr.hidden': { args: ['int4'] },
    'pg_catalog.lower': { args: ['text'], returns: 'text' },
    'pg_catalog.bernoulli': { args: [2281] },
    'pg_catalog.right': { args: ['text', 'int4'], returns: 'text' },
    'pg_catalog.count': [
      { args: [ANY], returns: 'int8', kind: 'aggregate' },
      { returns: 'int8', kind: 'aggregate' },
    ],
    'pg_catalog.max': { args: [ANY], returns: ANY, kind: 'aggregate' },
    'pg_catalog.rank': { returns: 'int8', kind: 'window' },
    'pg_catalog.string_agg': { args: ['text', 'text'], returns: 'text', kind: 'aggregate' },
    'pg_catalog.percentile_disc': { args: ['numeric', ANY], returns: ANY, kind: 'aggregate' },
    'pg_catalog.row_to_json': { args: [RECORD], returns: 'json' },
    'pg_catalog.to_jsonb': { args: [ANY], returns: 'jsonb' },
    'pg_catalog.jsonb_each': { args: ['jsonb'], returns: RECORD },
    'pg_catalog.jsonb_to_record': { args: ['jsonb'], returns: RECORD },
    'pg_catalog.jsonb_populate_record': { args: [ANY, 'jsonb'], returns: ANY },
    'pg_catalog.unnest': { args: [2277], returns: ANY },
    'pg_catalog.generate_series': { args: ['int4', 'int4'], returns: 'int4' },
    'pg_catalog.query_to_xml': { args: ['text', 'bool', 'bool', 'text'], returns: 'xml' },
    'pg_catalog.set_config': { args: ['text', 'text', 'bool'], returns: 'text' },
  },
  domains: { 'public.verified': ['public.is_fine'] },
  operators: { 'public.~#': 'public.get_ssn' },
  casts: [{ from: 'public.ref', to: 'text', calls: 'public.ref_text' }],
});

const index = indexCatalog(shop);
const memo = createQueryMemo();

export type World = {
  readonly searchPath?: readonly string[];
  readonly temps?: readonly TempRelation[];
  readonly catalog?: Catalog;
};

export function environment(world: World = {}): Environment {
  const namespace: Namespace = {
    searchPath: world.searchPath ?? ['public'],
    role: 'app',
    tempRelations: world.temps ?? [],
    key: '',
  };
  const toSpan = (start: number, length = 1): { start: number; end: number } => ({ start, end: start + length });
  if (world.catalog === undefined) return { index, namespace, toSpan, parse, memo };
  return { index: indexCatalog(world.catalog), namespace, toSpan, parse, memo: createQueryMemo() };
}

export function parse(sql: string): readonly unknown[] {
  return (parseSync(sql).stmts ?? []).map((raw) => raw.stmt);
}

export type Analysed = { readonly facts: StatementFacts; readonly columns: readonly OutputColumn[] };

/** One SELECT, INSERT, UPDATE, DELETE or MERGE against the little shop. */
export function analyse(sql: string, env: Environment = environment()): Analysed {
  const collector = new Collector(env.toSpan);
  const columns = analyseQuery(parse(sql)[0], env, collector, 'output');
  return { facts: collector.finish('TEST', { start: 0, end: sql.length }), columns };
}

/** `select public.customers.ssn output`, `execute public.get_ssn via default`: one access as the fixtures write it. */
export function compact(access: Access): string {
  const resource = resourceKey(access.resource).replace(/^function /, '');
  const usage = access.usage === 'none' ? '' : ` ${access.usage}`;
  return `${access.action} ${resource}${usage}${access.via === undefined ? '' : ` via ${access.via}`}`;
}

/** `public.customers.ssn derived via view`: a source of a value. */
export function compactSource({ resource, isCopy, via }: ValueSource): string {
  return `${resourceKey(resource)}${isCopy ? '' : ' derived'}${via === undefined ? '' : ` via ${via}`}`;
}

/** `tax <- public.customers.ssn, public.full_view.tax`: the columns of a result. */
export function lineageLines(sql: string, env?: Environment): readonly string[] {
  return analyse(sql, env).columns.map(({ name, sources }) =>
    `${name} <- ${sources.map(compactSource).sort().join(', ')}`.trimEnd(),
  );
}

export function lines(sql: string, env?: Environment): readonly string[] {
  return analyse(sql, env).facts.accesses.map(compact).sort();
}
