import { describe, expect, it } from 'vitest';
import type { Namespace } from '../../../../policy/access/analyzer.ts';
import { resourceKey, type TempRelation } from '../../../../policy/access/facts.ts';
import { accessesOf, PUBLIC, refusalOf, statementOf } from './reading.ts';

const ssn = { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' } as const;
const copied: TempRelation = {
  name: 'tmp',
  columns: ['id', 'tin'],
  typeOids: [0, 0],
  sources: [{ action: 'select', resource: ssn, usage: 'output', spans: [] }],
};
const WITH_TEMP: Namespace = { ...PUBLIC, tempRelations: [copied], key: 'public tmp' };

describe('ALTER TABLE of a temporary table', () => {
  it.each([
    'ALTER TABLE tmp ADD PRIMARY KEY (id)',
    'ALTER TABLE tmp ALTER tin SET NOT NULL',
    'ALTER TABLE tmp ADD CHECK (tin > $$1$$)',
  ])('%s is judged as reading what went in', (text) => {
    const statement = statementOf(text, WITH_TEMP);
    const reads = statement.accesses.map(({ action, resource }) => `${action} ${resourceKey(resource)}`);
    expect(reads).toEqual(['select public.customers.ssn']);
    expect(statement.effects).toEqual([]);
  });

  it.each(['ALTER TABLE tmp SET (fillfactor = 50), ALTER id SET STATISTICS 5', "COMMENT ON TABLE tmp IS 'x'"])(
    '%s needs no right',
    (text) => {
      expect(accessesOf(text, WITH_TEMP)).toEqual(['connect database none']);
    },
  );

  it.each([
    'ALTER TABLE tmp ADD COLUMN x text',
    'ALTER TABLE tmp DROP COLUMN id',
    'ALTER TABLE tmp RENAME id TO x',
    'ALTER TABLE tmp RENAME TO customers',
    'ALTER TABLE tmp SET SCHEMA public',
    'ALTER TABLE tmp ALTER id TYPE checked',
    'ALTER TABLE tmp ADD CHECK (get_ssn(tin) IS NULL)',
    'ALTER TABLE tmp INHERIT customers',
    'CREATE TEMP SEQUENCE s',
    'CREATE TYPE pg_temp.t AS (a int)',
    'CREATE TABLE pg_temp.customers () INHERITS (notes)',
  ])('%s is refused, because names would change unseen', (text) => {
    expect(refusalOf(text, WITH_TEMP)).toMatchObject({ cause: 'unsupported', sqlstate: '0A000' });
  });

  it('says what to do instead', () => {
    expect(refusalOf('ALTER TABLE tmp ADD x int', WITH_TEMP).hint).toContain('CREATE TEMP TABLE ... AS');
  });
});
