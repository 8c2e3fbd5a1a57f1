import { describe, expect, it } from 'vitest';
import { buildCatalog } from '../../../support/catalog.ts';
import { analyse, compact, environment } from './world.ts';

const facts = (sql: string, env = environment()): readonly string[] => analyse(sql, env).facts.accesses.map(compact);

describe('INSERT without a list of columns', () => {
  it('calls the defaults where the width of the query is not known: it may fill the first column only', () => {
    expect(facts('INSERT INTO badges SELECT * FROM generate_series(1, 3)')).toContain(
      'execute public.get_ssn via default',
    );
  });

  it('calls none for a query that fills every column', () => {
    expect(facts("INSERT INTO badges SELECT 1, 'x'")).not.toContain('execute public.get_ssn via default');
  });

  it('inserts into a table that has no columns', () => {
    const env = environment({ catalog: buildCatalog({ relations: { 'public.empty': { columns: {} } } }) });
    expect(facts('INSERT INTO empty DEFAULT VALUES', env)).toContain('insert public.empty');
  });
});
