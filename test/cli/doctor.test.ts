import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/postgres.ts';
import { createShop, writeInstallation } from '../support/running-stepward.ts';
import { runCommand } from './run-command.ts';

describe('stepward doctor', () => {
  let shop: TestDatabase;
  const folders: string[] = [];
  const roles: string[] = [];
  const examine = async (overrides: Readonly<Record<string, unknown>> = {}) => {
    const { folder, config } = writeInstallation(shop, overrides);
    folders.push(folder);
    return runCommand(['doctor', '--config', config]);
  };
  const upstream = (user: string, password: string) => {
    const { host, port, database } = shop;
    return { host, port, database, user, password };
  };
  const inventRole = async (attributes: string): Promise<Readonly<Record<string, unknown>>> => {
    const role = `${shop.database}_${roles.length}`;
    roles.push(role);
    await shop.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; ${attributes.replaceAll('$', role)}`);
    return { upstream: upstream(role, 'x') };
  };

  beforeAll(async () => {
    shop = await createShop();
  });
  afterAll(async () => {
    for (const folder of folders) rmSync(folder, { recursive: true });
    // Roles are the whole cluster's: what they own and may do here goes first.
    if (roles.length > 0) await shop.query(`DROP OWNED BY ${roles.join(', ')}; DROP ROLE ${roles.join(', ')}`);
    await shop.drop();
  });

  it('finds nothing to mend where the upstream role is made as it should be', async () => {
    const { code, out, err } = await examine();
    expect(out.split('\n').filter((line) => !line.startsWith('ok  '))).toEqual([]);
    expect([code, err]).toEqual([0, '']);
  });

  it('calls a superuser bad, once, and fails', async () => {
    const { code, out } = await examine({ upstream: upstream(shop.user, shop.password) });
    expect(code).toBe(1);
    expect(out.match(/^BAD .*$/gm)).toEqual([expect.stringContaining('is a superuser')]);
  });

  it.each([
    ['ALTER ROLE $ BYPASSRLS', 'has BYPASSRLS'],
    ['ALTER ROLE $ CREATEROLE', 'has CREATEROLE'],
    ['ALTER ROLE $ NOINHERIT; GRANT pg_read_all_data TO $', 'is a member of pg_read_all_data'],
    ['GRANT pg_execute_server_program TO $', 'is a member of pg_execute_server_program'],
    ['CREATE TABLE public.theirs (); ALTER TABLE public.theirs OWNER TO $', 'owns tables or views: 1'],
    ['GRANT CREATE ON SCHEMA public TO $', 'may create objects in schema public'],
  ])('calls a role bad after %s', async (sql, finding) => {
    const { code, out } = await examine(await inventRole(sql));
    expect(code).toBe(1);
    expect(out.match(/^BAD .*$/gm)).toEqual([expect.stringContaining(finding)]);
  });

  it('counts what the role may become with SET ROLE', async () => {
    const { code, out } = await examine(await inventRole(`GRANT ${shop.user} TO $`));
    expect(code).toBe(1);
    expect(out).toMatch(/^BAD .* may become postgres, which is a superuser/m);
  });

  it('goes on with the rest where upstream does not answer', async () => {
    const { code, out } = await examine({ upstream: { ...upstream('stepward_app', 'x'), port: 1 } });
    expect(code).toBe(1);
    expect(out).toMatch(/^BAD {3}upstream stepward_app@127\.0\.0\.1:1\/\w+: .*ECONNREFUSED/m);
    expect(out).toMatch(/^ok .*policies \w+ are valid$/m);
  });

  it('warns of clients that come over the network without TLS', async () => {
    const { code, out } = await examine({ listen: { host: '0.0.0.0', port: 0 } });
    expect(code).toBe(1);
    expect(out).toMatch(/^BAD {3}no TLS towards clients on 0\.0\.0\.0/m);
  });
});
