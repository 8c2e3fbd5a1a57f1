import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../../policy/catalog/catalog.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';
import { analyse, compact, environment } from './world.ts';

const SETUP = `
CREATE TABLE public.tenants (role name, tenant int);
CREATE FUNCTION public.may_see(t int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE TABLE public.orders (id int, tenant int, note text);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.orders FOR SELECT
  USING (tenant IN (SELECT t.tenant FROM public.tenants t WHERE t.role = current_user) AND public.may_see(tenant));
CREATE POLICY writes ON public.orders FOR INSERT WITH CHECK (note <> '');
CREATE TABLE public.open (id int);
CREATE POLICY asleep ON public.open USING (public.may_see(id));
CREATE TABLE public.looping (id int);
ALTER TABLE public.looping ENABLE ROW LEVEL SECURITY;
CREATE POLICY loops ON public.looping USING (id IN (SELECT l.id FROM public.looping l));
CREATE VIEW public.owned AS SELECT id FROM public.orders;
CREATE VIEW public.invoked WITH (security_invoker) AS SELECT id FROM public.orders;
`;

let database: TestDatabase;
let reader: string;
let catalogs: { readonly reader: Catalog; readonly owner: Catalog };

async function catalogOf(login: { readonly user: string; readonly password: string }): Promise<Catalog> {
  const connected = await connectQuery({ ...database, ...login });
  try {
    return await loadCatalog(connected.query, 1);
  } finally {
    await connected.end();
  }
}

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase(SETUP);
  reader = `reader_${database.database}`;
  await database.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'r'`);
  catalogs = { reader: await catalogOf({ user: reader, password: 'r' }), owner: await catalogOf(database) };
});
afterAll(async () => {
  await database?.query(`DROP ROLE IF EXISTS ${reader}`);
  await database?.drop();
});

function accesses(sql: string, who: 'reader' | 'owner' = 'reader', role?: string): readonly string[] {
  const env = environment({ catalog: catalogs[who] });
  const namespace = { ...env.namespace, role: role ?? catalogs[who].role ?? '' };
  return analyse(sql, { ...env, namespace }).facts.accesses.map(compact);
}

const POLICY = ['execute public.may_see via policy', 'select public.tenants.tenant condition via policy'];

describe('row security on reads', () => {
  it('charges the functions that policies call and the tables that their sub-queries read', () => {
    expect(accesses('SELECT id FROM orders')).toEqual(expect.arrayContaining(POLICY));
  });

  it('does not charge the columns of the row itself, as PostgreSQL demands no right to them', () => {
    expect(accesses('SELECT id FROM orders')).not.toContain('select public.orders.tenant condition via policy');
  });

  it('charges nothing for a role that is not subject to it, for disabled policies and for those of writes', () => {
    expect(accesses('SELECT id FROM orders', 'owner').filter((one) => one.includes('policy'))).toEqual([]);
    expect(accesses('SELECT id FROM open').filter((one) => one.includes('policy'))).toEqual([]);
    expect(accesses('SELECT id FROM orders').join()).not.toContain('note');
  });

  it('charges them for another role than the one whose catalog it is', () => {
    expect(accesses('SELECT id FROM orders', 'owner', 'somebody')).toEqual(expect.arrayContaining(POLICY));
  });

  it("counts the owner's rights inside a view, and the reader's with security_invoker", () => {
    expect(accesses('SELECT id FROM owned').filter((one) => one.includes('may_see'))).toEqual([]);
    expect(accesses('SELECT id FROM invoked').filter((one) => one.includes('may_see'))).not.toEqual([]);
  });

  it('charges them where rows are found to be changed', () => {
    expect(accesses('DELETE FROM orders WHERE id = 1')).toEqual(expect.arrayContaining(POLICY));
    expect(accesses('UPDATE orders SET note = $1 WHERE id = 1')).toEqual(expect.arrayContaining(POLICY));
  });

  it('comes to an end where a policy reads its own table', () => {
    expect(accesses('SELECT id FROM looping')).toContain('select public.looping.id output');
  });
});
