import { Client, type ClientConfig } from 'pg';

/** 10,000 tables of 20 columns, and what databases of that size have besides: keys, defaults, views, functions. */
export const LARGE = { tables: 10_000, columns: 20 } as const;

/** A transaction locks each table that it makes: more at once would not fit into the server's lock table. */
const TABLES_AT_ONCE = 200;

const WORDS = 'id customer order_number created_at updated_at amount currency note state kind owner email'.split(' ');
const TYPES = ['bigint', 'text', 'timestamptz', 'numeric(12,2)', 'varchar(40)', 'boolean', 'date', 'uuid', 'jsonb'];

/** Creates the large schema in an empty database. Takes about a minute. */
export async function createLargeSchema(config: ClientConfig): Promise<void> {
  const client = new Client(config);
  await client.connect();
  try {
    for (let first = 0; first < LARGE.tables; first += TABLES_AT_ONCE) {
      const statements = Array.from({ length: TABLES_AT_ONCE }, (_, at) => statementsOf(first + at)).flat();
      await client.query(statements.join(';\n'));
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

function statementsOf(number: number): readonly string[] {
  const schema = `app_${number % 20}`;
  const table = `${schema}.t${number}`;
  const columns = Array.from({ length: LARGE.columns - 2 }, (_, at) => columnOf(at));
  const schemas = number < 20 ? [`CREATE SCHEMA ${schema}`] : [];
  const references = number < 20 ? '' : ` REFERENCES ${schema}.t${number % 20} (id)`;
  return [
    ...schemas,
    `CREATE TABLE ${table} (id bigint PRIMARY KEY, parent bigint${references}, ${columns.join(', ')})`,
    ...(number % 10 === 0 ? [`CREATE VIEW ${schema}.v${number} AS SELECT * FROM ${table} WHERE c2_amount > 0`] : []),
    ...(number % 10 === 5 ? [functionOf(schema, number)] : []),
  ];
}

function columnOf(at: number): string {
  const name = `c${at}_${WORDS[(at * 5 + 5) % WORDS.length] ?? ''}`;
  if (at === 2) return 'c2_amount numeric(12,2) DEFAULT 0 CHECK (c2_amount >= 0)';
  return `${name} ${TYPES[at % TYPES.length] ?? 'text'}${at === 5 ? ' NOT NULL DEFAULT false' : ''}`;
}

function functionOf(schema: string, number: number): string {
  return `CREATE FUNCTION ${schema}.f${number} (a bigint) RETURNS numeric LANGUAGE sql STABLE
    AS 'SELECT sum(c2_amount) FROM ${schema}.t${number} WHERE parent = a'`;
}
