import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type ClientConfig } from 'pg';
import { EXACT, ROWS, SNAPSHOT } from '../../policy/catalog/fingerprint-queries.ts';
import { createLargeSchema, LARGE } from './large-schema.ts';
import { freePort, run } from './processes.ts';
import { median, table } from './statistics.ts';
import { PASSWORD, startPostgres } from './targets.ts';

export const CATALOG_CASE = 'catalog of 10,000 tables';

/** As catalog-load.ts prints it. */
type Figures = Readonly<Record<string, number>>;

/**
 * What the catalog costs, of an empty database and of one with 10,000 tables and 200,000 columns: reading it, taking it into
 * the parser's worker, memory, and on the server the questions of the poll.
 */
export async function measureCatalog(rounds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-catalog-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = await startPostgres(join(folder, 'data'), port);
  try {
    const login = { host: '127.0.0.1', port, user: 'postgres', password: PASSWORD };
    await createDatabases(login);
    const small = await figuresOf({ ...login, database: 'small' }, rounds);
    const large = await figuresOf({ ...login, database: 'large' }, rounds);
    const rows = Object.keys(small).map((name) => [name, rounded(small[name]), rounded(large[name])]);
    const head = `${LARGE.tables} tables with ${LARGE.tables * LARGE.columns} columns`;
    return table(['catalog', 'empty database', head], rows);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function createDatabases(login: ClientConfig): Promise<void> {
  const client = new Client({ ...login, database: 'postgres' });
  await client.connect();
  await client.query('CREATE DATABASE small');
  await client.query('CREATE DATABASE large');
  await client.end();
  await createLargeSchema({ ...login, database: 'large' });
}

async function figuresOf(login: ClientConfig & { readonly database: string }, rounds: number): Promise<Figures> {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'catalog-load.ts');
  const { host = '', port = 0, user = '', database } = login;
  const args = [script, host, String(port), user, PASSWORD, database, String(rounds)];
  const load: Figures = JSON.parse(await run(process.execPath, args));
  return {
    'read from the server, ms': load['readMs'] ?? Number.NaN,
    "taken by the parser's worker, ms": load['takeMs'] ?? Number.NaN,
    'longest block of the event loop, ms of processor time': load['longestBlockMs'] ?? Number.NaN,
    'snapshot, MiB, shared by both threads': load['sharedMiB'] ?? Number.NaN,
    'process grown by the first snapshot, MiB': load['firstMiB'] ?? Number.NaN,
    'process grown by all snapshots, MiB': load['allRoundsMiB'] ?? Number.NaN,
    ...(await pollFigures(login, rounds)),
  };
}

/** The three questions of catalogFingerprint, as the server answers them. */
async function pollFigures(login: ClientConfig, rounds: number): Promise<Figures> {
  const client = new Client(login);
  await client.connect();
  const time = async (sql: string): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < rounds + 2; round += 1) {
      const started = performance.now();
      await client.query(sql);
      times.push(performance.now() - started);
    }
    return median(times);
  };
  const figures = {
    'poll, nothing was written, ms': await time(SNAPSHOT),
    'poll, data was written, ms': await time(ROWS),
    'poll, catalogs were written, ms': await time(EXACT),
  };
  await client.end();
  return figures;
}

function rounded(value = Number.NaN): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
