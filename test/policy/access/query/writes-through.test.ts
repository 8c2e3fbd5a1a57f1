import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BodiesWorld, openBodiesWorld } from '../functions/bodies-world.ts';

const SETUP = `
CREATE FUNCTION shout() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE '%', (SELECT max(ssn) FROM public.customers); RETURN 1; END $$;
CREATE FUNCTION noisy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.shout(); RETURN COALESCE(NEW, OLD); END $$;
CREATE TABLE loud (id int PRIMARY KEY, n int DEFAULT public.shout());
CREATE VIEW loud_ids AS SELECT id FROM loud;
CREATE VIEW loud_renamed AS SELECT id AS a, n AS b FROM loud;
CREATE TABLE quiet (id int, n int DEFAULT 1);
CREATE VIEW quiet_ids AS SELECT id FROM quiet;
CREATE TABLE gone (id int, body text);
CREATE TABLE gone_too () INHERITS (gone);
CREATE TRIGGER t BEFORE DELETE ON gone FOR EACH ROW EXECUTE FUNCTION noisy();
CREATE VIEW gone_ones AS SELECT 1 AS x FROM gone;
CREATE VIEW gone_places AS SELECT ctid AS x FROM gone;
CREATE VIEW gone_over AS SELECT x FROM gone_ones;
CREATE TABLE pt (id int, k int) PARTITION BY LIST (k);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES IN (2);
CREATE TRIGGER t BEFORE INSERT ON pt2 FOR EACH ROW EXECUTE FUNCTION noisy();
CREATE TABLE labelled (id int);
CREATE INDEX labelled_i ON labelled ((id + public.shout()));
`;
const SSN = /select public\.customers\.ssn output/;

describe('a write', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(SETUP);
  });
  afterAll(async () => world.close());
  const lines = (text: string): string => world.lines(text).join('\n');

  it.each([
    'INSERT INTO loud_ids VALUES (1)',
    'INSERT INTO loud_renamed (a) VALUES (1)',
    'INSERT INTO loud_renamed VALUES (1, DEFAULT)',
    'INSERT INTO loud_ids DEFAULT VALUES',
    'MERGE INTO loud_ids l USING orders o ON l.id = o.id WHEN NOT MATCHED THEN INSERT (id) VALUES (o.id)',
  ])('through a view calls the defaults of columns that the view renames or hides: %s', (text) => {
    expect(lines(text)).toMatch(SSN);
  });

  it('through a view calls no default of a column that it gives', () => {
    expect(lines('INSERT INTO loud_renamed VALUES (1, 2)')).not.toMatch(SSN);
    expect(lines('INSERT INTO quiet_ids VALUES (1)')).not.toContain('execute');
  });

  it.each(['gone_ones', 'gone_places', 'gone_over'])(
    'through %s fires triggers of a table of which it shows no column',
    (view) => {
      expect(lines(`DELETE FROM ${view}`)).toMatch(SSN);
      expect(lines(`DELETE FROM ${view}`)).toContain('delete public.gone ');
    },
  );

  it('that moves rows to other partitions fires what inserting there does', () => {
    expect(lines('UPDATE pt SET k = 2')).toMatch(SSN);
    expect(lines('UPDATE pt1 SET id = 2')).not.toMatch(SSN);
  });

  it.each([
    'REINDEX TABLE labelled',
    'CLUSTER labelled USING labelled_i',
    'ANALYZE labelled',
    'VACUUM (FULL) labelled',
    'VACUUM (ANALYZE) labelled',
  ])('of an index calls the functions in its expressions: %s', (text) => {
    expect(lines(text)).toContain('execute public.shout');
  });

  it('that only frees space calls none of them', () => {
    expect(lines('VACUUM labelled')).not.toContain('execute');
  });
});
