import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BodiesWorld, openBodiesWorld } from './bodies-world.ts';

describe('%ROWTYPE in a PL/pgSQL body', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld('CREATE TABLE pay (id int, salary numeric);');
  });
  afterAll(async () => world.close());

  it.each(['customers%ROWTYPE', 'customers %rowtype', 'public.customers % RowType', 'customers%ROWTYPE := NULL'])(
    'declares a row: %s',
    (type) => {
      const lines = world.lines(
        `DO $$ DECLARE r ${type}; BEGIN SELECT * INTO r FROM customers; RAISE NOTICE '%', r.name; END $$`,
      );
      expect(lines).toContain('select public.customers.name output');
      expect(lines.join()).not.toContain('opaque');
    },
  );

  it('does not hide an operator and a column of an expression', () => {
    const facts = world.statement(
      `DO $$ BEGIN IF EXISTS (SELECT FROM pay rowtype, (SELECT 7::numeric AS c, 1::numeric AS salary) c
        WHERE c %rowtype.salary = 0) THEN RAISE NOTICE 'yes'; END IF; END $$`,
    );
    expect(facts.opaque).not.toEqual([]);
  });

  it('leaves a function that prepares statements to nobody', () => {
    const facts = world.statement('DO $$ BEGIN PREPARE p AS SELECT ssn FROM customers; END $$');
    expect(facts.opaque).not.toEqual([]);
  });
});
