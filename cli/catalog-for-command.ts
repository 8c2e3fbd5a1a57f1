import { readFileSync } from 'node:fs';
import type { Catalog } from '../policy/catalog/catalog.ts';
import { decodeSnapshot } from '../policy/suite/snapshot.ts';
import { readCatalogOnce } from '../proxy/catalog-once.ts';
import type { Config } from '../proxy/config.ts';
import { PgError } from '../proxy/wire/pg-error.ts';
import { CliError, EXIT } from './cli-error.ts';

/**
 * What policies are written against: from a snapshot file, or from the database itself.
 * @throws CliError when the file is none (78), or the database cannot be used (69)
 */
export async function catalogForCommand(config: Config, snapshot?: string): Promise<Catalog> {
  return snapshot === undefined ? fromDatabase(config) : fromFile(snapshot);
}

function fromFile(file: string): Catalog {
  try {
    return decodeSnapshot(readFileSync(file));
  } catch (error) {
    throw new CliError(`${file}: ${messageOf(error)}`, EXIT.config);
  }
}

async function fromDatabase(config: Config): Promise<Catalog> {
  try {
    return await readCatalogOnce(config);
  } catch (error) {
    const { host, port, database, user } = config.upstream;
    const isExpected = error instanceof PgError || (error instanceof Error && 'syscall' in error);
    if (!isExpected) throw error;
    const why = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    const place = `upstream ${user}@${host}:${port}/${database}`;
    throw new CliError(`${place} cannot be used: ${error.message}${why}`, EXIT.unavailable);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
