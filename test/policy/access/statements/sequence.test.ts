import { describe, expect, it } from 'vitest';
import { linesOf, refusalOf, statementsOf } from './reading.ts';

/** The accesses of the last statement of a text. */
function lastOf(text: string): readonly string[] {
  const last = statementsOf(text).at(-1);
  if (last === undefined) throw new Error('no statement');
  return linesOf(last);
}

describe('several statements in one text', () => {
  it('are read in order, each with its part of the text', () => {
    const text = "  SELECT '€' ; ;SELECT note FROM notes -- end\n; ";
    expect(statementsOf(text).map(({ span }) => text.slice(span.start, span.end))).toEqual([
      "SELECT '€'",
      'SELECT note FROM notes -- end',
    ]);
  });

  it.each(['', ' ', ';;', '-- nothing', '/* nothing */;'])('are none in %j', (text) => {
    expect(statementsOf(text)).toEqual([]);
  });

  it.each([
    'SET search_path = finance; SELECT ssn FROM customers',
    'SET LOCAL search_path = finance; SELECT ssn FROM customers',
    "SELECT set_config('search_path', 'finance, public', false); SELECT ssn FROM customers",
  ])('%s is judged with the new path', (text) => {
    expect(lastOf(text)).toEqual(['select finance.customers.ssn output']);
  });

  it('a path that the text sets twice is the last one', () => {
    expect(lastOf('SET search_path = finance; SET search_path = public; SELECT ssn FROM ONLY customers')).toEqual([
      'select public.customers.ssn output',
    ]);
  });

  it.each([
    ['BEGIN; SET search_path = finance; ROLLBACK; SELECT ssn FROM customers', 'ROLLBACK brings the old path back'],
    ['SAVEPOINT a; SET search_path = finance; ROLLBACK TO a; SELECT ssn FROM customers', 'so does ROLLBACK TO'],
    ['SET LOCAL search_path = finance; COMMIT; SELECT ssn FROM customers', 'COMMIT ends SET LOCAL'],
    ['RESET search_path; SELECT ssn FROM customers', 'the default is not in the text'],
    ['RESET ALL; SELECT ssn FROM customers', 'the default is not in the text'],
    ['DISCARD ALL; SELECT ssn FROM customers', 'the default is not in the text'],
    ['SET ROLE dba; SELECT ssn FROM customers', '$user is another one'],
    ['ALTER TABLE notes RENAME TO n; SELECT 1 FROM customers', 'the catalog is another one'],
    ['DO $$BEGIN EXECUTE current_query(); END$$; SELECT 1 FROM customers', 'code may change anything'],
    ['CALL tidy($$x$$); SELECT 1 FROM customers', 'code may change anything'],
    ['EXECUTE p; SELECT 1 FROM customers', 'what it runs is linked later'],
    ['FETCH c; SELECT 1 FROM customers', 'what it runs is linked later'],
    ['SET ROLE dba; EXECUTE p', 'EXECUTE resolves names as well'],
  ])('refuses %s: %s', (text) => {
    expect(refusalOf(text)).toMatchObject({ sqlstate: '0A000', hint: 'send it as a separate statement' });
  });

  it.each([
    'BEGIN; SELECT note FROM notes; COMMIT',
    'ROLLBACK; BEGIN; SET work_mem = 64',
    'CLOSE ALL; UNLISTEN *; RESET ALL',
    'DISCARD ALL; SET search_path = public; SET work_mem = 64',
    'SELECT note FROM notes; COMMIT; BEGIN',
    'BEGIN; UPDATE notes SET note = 1; COMMIT; SELECT note FROM notes',
    'ROLLBACK; BEGIN; SELECT note FROM notes',
    'ROLLBACK TO a; SELECT note FROM notes; COMMIT',
  ])('%s needs no separation', (text) => {
    expect(statementsOf(text).length).toBeGreaterThan(2);
  });

  it('one refused statement refuses the text', () => {
    expect(refusalOf('SELECT note FROM notes; SELECT * FROM nowhere')).toMatchObject({
      sqlstate: '42P01',
      position: 39,
    });
  });

  it('a prepared statement that the text deallocates is not linked any more', () => {
    const [, , execute] = statementsOf('PREPARE p AS SELECT note FROM notes; DEALLOCATE p; EXECUTE p');
    expect(execute?.effects).toEqual([{ kind: 'executePrepared', name: 'p' }]);
  });
});
