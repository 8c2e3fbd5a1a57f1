import type { Client } from 'pg';
import type { Column, Table, Type } from './grammar.ts';

const QUERY = `
  SELECT n.nspname, c.relname, c.relkind,
    (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL),
        'base', coalesce((SELECT b.typname FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype WHERE t.oid = a.atttypid), ''),
        'isWritable', a.attgenerated = '' AND a.attidentity <> 'a' AND pg_column_is_updatable(c.oid, a.attnum, false)) ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    coalesce((SELECT json_agg(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
       WHERE i.indrelid = c.oid AND i.indisprimary), '[]') AS key,
    c.relkind IN ('r', 'p') OR pg_relation_is_updatable(c.oid, false) & 28 = 28 AS "isWritable"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm') AND (n.nspname IN ('public', 'hr', 'finance', 'app')
    OR (n.nspname = 'pg_catalog' AND c.relname IN ('pg_class', 'pg_namespace', 'pg_stat_activity', 'pg_tables')))
  ORDER BY 1, 2`;

type Row = {
  readonly nspname: string;
  readonly relname: string;
  readonly relkind: string;
  readonly columns: readonly (Column & { readonly type: string; readonly base: string })[];
  readonly key: readonly string[];
  readonly isWritable: boolean;
};

/** The relations that generated statements are about. */
export async function readTables(client: Client): Promise<readonly Table[]> {
  const { rows } = await client.query<Row>(QUERY);
  return rows.map((row) => ({
    schema: row.nspname,
    name: row.relname,
    kind: kindOf(row),
    columns: row.columns.map(({ name, type, base, isWritable }) => ({
      name,
      type: typeOf(base === '' ? type : base),
      ...(isWritable === undefined ? {} : { isWritable }),
    })),
    key: row.key,
    isWritable: row.isWritable && row.nspname !== 'pg_catalog',
  }));
}

function kindOf({ nspname, relkind }: Row): Table['kind'] {
  if (nspname === 'pg_catalog') return 'system';
  return relkind === 'v' ? 'view' : relkind === 'm' ? 'materialised' : 'table';
}

function typeOf(name: string): Type {
  if (/^(integer|bigint|smallint|int[248])$/.test(name)) return 'int';
  if (/^(numeric|double precision|real)/.test(name)) return 'num';
  if (/^(text|character|name$|varchar|bpchar)/.test(name)) return 'text';
  if (/^(timestamp|date$)/.test(name)) return 'time';
  if (name === 'jsonb') return 'json';
  return name === 'boolean' ? 'bool' : 'other';
}
