import type { Client } from 'pg';

/** What the numbers of a query tree stand for. */
export type ServerNames = {
  relation(oid: number): ServerRelation | undefined;
  /** `schema.name`. */
  function(oid: number): string | undefined;
  /** The words in the bodies of a function (`schema.name`) of somebody's own, and of those that it calls. */
  mentioned(name: string): ReadonlySet<string>;
  /** The oid of the function behind an operator; 0 where there is none. */
  functionOfOperator(oid: number): number;
  /** Tables that share rows with this one: partitions, children and parents, each as far as it goes. */
  relatives(name: string): ReadonlySet<string>;
  /** Generated columns (`schema.table.column`) that are computed from this one. */
  generatedFrom(column: string): readonly string[];
  /** What a materialised view was made from, also through views; nothing for other relations. */
  madeFrom(name: string): ReadonlySet<string>;
};

export type ServerRelation = {
  /** `schema.name`. */
  readonly name: string;
  readonly schema: string;
  readonly relname: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** Names by attnum; without dropped columns. */
  readonly columns: ReadonlyMap<number, string>;
};

type Rows = readonly (readonly string[])[];

/** Reads the names of everything in the database. Straight from pg_class and pg_proc: not by the code that is being proved. */
export async function readServerNames(client: Client): Promise<ServerNames> {
  const relations = await readRelations(client);
  const functions = new Map(
    (await rows(client, 'SELECT oid, pronamespace::regnamespace, proname FROM pg_proc')).map(
      ([oid, schema, name]) => [Number(oid), `${unquote(schema)}.${name}`] as const,
    ),
  );
  const bodies = new Map(
    (await rows(client, BODIES)).map(
      ([schema, name, body]) => [`${schema}.${name}`, (body ?? '').match(/\w+/g) ?? []] as const,
    ),
  );
  const operators = new Map(
    (await rows(client, 'SELECT oid, oprcode::oid FROM pg_operator')).map(
      ([oid, code]) => [Number(oid), Number(code)] as const,
    ),
  );
  const relatives = await closures(client, relations, RELATIVES);
  const definitions = await closures(client, relations, DEFINITIONS);
  const generated = await readGenerated(client, relations);
  const materialised = new Set([...relations.values()].filter(({ kind }) => kind === 'm').map(({ name }) => name));
  return {
    relation: (oid) => relations.get(oid),
    function: (oid) => functions.get(oid),
    mentioned: (name) => mentioned(name, bodies),
    functionOfOperator: (oid) => operators.get(oid) ?? 0,
    relatives: (name) => relatives.get(name) ?? new Set(),
    generatedFrom: (column) => generated.get(column) ?? [],
    madeFrom: (name) => (materialised.has(name) ? definitions.get(name) : undefined) ?? new Set(),
  };
}

const BODIES = `SELECT n.nspname, p.proname,
    string_agg(CASE WHEN p.prosrc = '' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END || coalesce((
      SELECT ' ' || a.aggtransfn::oid::regproc || ' ' || a.aggfinalfn::oid::regproc FROM pg_aggregate a WHERE a.aggfnoid = p.oid), ''), ' ')
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 GROUP BY 1, 2`;

function mentioned(name: string, bodies: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const words = new Set(bodies.get(name));
  const byWord = new Map([...bodies].map(([full, body]) => [full.slice(full.indexOf('.') + 1), body]));
  for (const word of words) for (const other of byWord.get(word) ?? []) words.add(other);
  return words;
}

async function readRelations(client: Client): Promise<ReadonlyMap<number, ServerRelation>> {
  const found = await rows(
    client,
    `SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(json_object_agg(a.attnum, a.attname)
         FILTER (WHERE a.attnum > 0 AND NOT a.attisdropped), '{}')::text
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid
       GROUP BY c.oid, n.nspname, c.relname, c.relkind`,
  );
  return new Map(
    found.map(([oid, schema = '', relname = '', kind = '', columns = '{}']) => [
      Number(oid),
      { schema, relname, name: `${schema}.${relname}`, kind, columns: columnsOf(columns) },
    ]),
  );
}

function columnsOf(json: string): ReadonlyMap<number, string> {
  const parsed: unknown = JSON.parse(json);
  return new Map(Object.entries(Object(parsed)).map(([number, name]) => [Number(number), String(name)]));
}

const RELATIVES = 'SELECT inhparent, inhrelid FROM pg_inherits UNION SELECT inhrelid, inhparent FROM pg_inherits';
const DEFINITIONS = `SELECT DISTINCT r.ev_class, d.refobjid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class`;

/** @param sql pairs of oids: from the second of them it goes on */
async function closures(
  client: Client,
  relations: ReadonlyMap<number, ServerRelation>,
  sql: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const pairs = await rows(client, sql);
  const next = new Map<string, Set<string>>();
  for (const [from, to] of pairs) {
    const names = [from, to].map((oid) => relations.get(Number(oid))?.name ?? '');
    const known = next.get(names[0] ?? '') ?? new Set();
    next.set(names[0] ?? '', known.add(names[1] ?? ''));
  }
  return new Map([...next.keys()].map((name) => [name, closure(name, next)]));
}

function closure(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const seen = new Set([start]);
  // A Set visits members that are added while it is walked.
  for (const one of seen) for (const other of next.get(one) ?? []) seen.add(other);
  return seen;
}

/** By source: the generated columns that are made from it. */
async function readGenerated(
  client: Client,
  relations: ReadonlyMap<number, ServerRelation>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [oid, source, target] of await rows(client, GENERATED)) {
    const relation = relations.get(Number(oid));
    const [from, to] = [source, target].map((number) => `${relation?.name}.${relation?.columns.get(Number(number))}`);
    found.set(from ?? '', [...(found.get(from ?? '') ?? []), to ?? '']);
  }
  return found;
}

const GENERATED = `SELECT DISTINCT a.attrelid, d.refobjsubid, a.attnum
  FROM pg_attribute a JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    JOIN pg_depend d ON (d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.objsubid = 0)
      OR (d.classid = 'pg_class'::regclass AND d.objid = a.attrelid AND d.objsubid = a.attnum)
  WHERE a.attgenerated <> '' AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
    AND d.refobjsubid NOT IN (0, a.attnum)`;

async function rows(client: Client, sql: string): Promise<Rows> {
  const result = await client.query<string[]>({
    text: sql,
    rowMode: 'array',
    types: { getTypeParser: () => (value: string) => value },
  });
  return result.rows;
}

function unquote(name: string | undefined): string {
  return (name ?? '').replace(/^"(.*)"$/, '$1').replaceAll('""', '"');
}
