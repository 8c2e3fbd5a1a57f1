import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceKey } from '../../../../policy/access/facts.ts';
import { type BodiesWorld, openBodiesWorld } from '../functions/bodies-world.ts';

const SETUP = `
CREATE TABLE vip (tier int) INHERITS (customers);
CREATE TABLE made (id int, ssn text, tail text GENERATED ALWAYS AS (right(ssn, 3)) STORED);
CREATE TABLE events (id int, ssn text) PARTITION BY LIST (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE VIEW shown AS SELECT ssn AS tax FROM customers;
`;

describe('tags are by name, so a statement', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(SETUP);
  });
  afterAll(async () => world.close());
  const flows = (text: string): readonly string[] =>
    (world.statement(text).flows ?? []).flatMap(({ target, sources }) =>
      sources.map(({ resource }) => `${resourceKey(resource)} -> ${resourceKey(target)}`),
    );

  it.each([
    ['ALTER TABLE customers RENAME COLUMN ssn TO foo', 'public.customers.ssn -> public.customers.foo'],
    ['ALTER TABLE customers RENAME COLUMN ssn TO foo', 'public.vip.ssn -> public.vip.foo'],
    ['ALTER VIEW shown RENAME COLUMN tax TO q', 'public.shown.tax -> public.shown.q'],
    ['ALTER TABLE customers RENAME TO zzz', 'public.customers.ssn -> public.zzz.ssn'],
    ['ALTER TABLE customers SET SCHEMA hr', 'public.customers.ssn -> hr.customers.ssn'],
    ['ALTER SCHEMA finance RENAME TO money', 'finance.customers.ssn -> money.customers.ssn'],
  ])('that renames takes them along: %s (%s)', (text, flow) => {
    expect(flows(text)).toContain(flow);
  });

  it.each([
    ['ALTER TABLE vip NO INHERIT customers', 'public.customers.ssn -> public.vip.ssn'],
    ['ALTER TABLE events DETACH PARTITION events_1', 'public.events.ssn -> public.events_1.ssn'],
    ['ALTER TABLE made ALTER COLUMN tail DROP EXPRESSION', 'public.made.ssn -> public.made.tail'],
  ])('that parts a table from where its values are tagged keeps them: %s', (text, flow) => {
    expect(flows(text)).toContain(flow);
  });

  it.each([
    'ALTER TABLE orders RENAME CONSTRAINT a TO b',
    'ALTER TABLE orders ADD COLUMN x int',
    'ALTER INDEX customers_pkey RENAME TO k',
  ])('that renames no column or table copies nothing: %s', (text) => {
    expect(flows(text)).toEqual([]);
  });
});
