import type { TestProject } from 'vitest/node';
import type { PostgresAddress } from './postgres.ts';
import { startPostgres } from './start-postgres.ts';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- declaration merging needs an interface
  interface ProvidedContext {
    postgres: PostgresAddress;
  }
}

/** One real PostgreSQL for the whole run, SCRAM login, gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgres', server.address);
  return async () => server.stop();
}
