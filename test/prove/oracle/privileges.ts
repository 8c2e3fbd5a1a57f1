import type { Client } from 'pg';
import type { Claims } from '../claims.ts';
import type { Needs } from './needs.ts';

const ROLE = 'prover';

/** A role that may use every schema and nothing in them. */
export async function makeProver(client: Client): Promise<void> {
  await client.query(`CREATE ROLE ${ROLE}; GRANT USAGE ON SCHEMA public, hr, finance, app, ext TO ${ROLE}`);
}

/**
 * A second oracle, by PostgreSQL's own check of rights: is a role that has exactly what the facts name let through? EXPLAIN
 * checks rights and runs nothing; the grants are rolled back.
 * @returns what the server says is missing; undefined where it lets the statement pass or fails for another reason
 */
export async function deniedWith(
  claims: Claims,
  needs: Needs,
  client: Client,
  sql: string,
): Promise<string | undefined> {
  const grants = grantsOf(claims, needs).join('; ');
  try {
    await client.query(`BEGIN; ${grants}${grants === '' ? '' : ';'} SET LOCAL ROLE ${ROLE}; EXPLAIN ${sql}`);
    return undefined;
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && error.code === '42501';
    return isDenied && error.message.startsWith('permission denied for') ? error.message : undefined;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Of a table without a column: one column of it, which is what PostgreSQL asks for then. */
function grantsOf(claims: Claims, needs: Needs): readonly string[] {
  const reads = [...claims.reads.keys(), ...needs.idle];
  return [
    ...reads.map((column) => onColumn('SELECT', column)),
    ...[...claims.rows.keys()].map((table) => onFirstColumn('SELECT', table)),
    ...[...claims.inserts.keys()].map((name) => write('INSERT', name)),
    ...[...claims.updates.keys()].map((name) => write('UPDATE', name)),
    ...[...claims.deletes.keys()].map((table) => `GRANT DELETE ON ${quoted(table)} TO ${ROLE}`),
  ].filter((grant) => !grant.includes('"pg_catalog"'));
}

function onColumn(right: string, column: string): string {
  const parts = column.split('.');
  return `GRANT ${right} (${quote(parts[2] ?? '')}) ON ${quoted(parts.slice(0, 2).join('.'))} TO ${ROLE}`;
}

/** A `DO` block would do as well, but names are known here only by what the facts say. */
function onFirstColumn(right: string, table: string): string {
  const literal = quoted(table).replaceAll("'", "''");
  return `DO $do$ BEGIN EXECUTE (SELECT format('GRANT ${right} (%I) ON %s TO ${ROLE}', attname, '${literal}') FROM pg_attribute
    WHERE attrelid = '${literal}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum LIMIT 1); END $do$`;
}

function write(right: string, name: string): string {
  return name.split('.').length > 2 ? onColumn(right, name) : `GRANT ${right} ON ${quoted(name)} TO ${ROLE}`;
}

function quoted(table: string): string {
  return table.split('.').map(quote).join('.');
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
