import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkNames } from '../../../policy/engine/check-names.ts';
import { createZonedClock } from '../../../policy/engine/clock.ts';
import { loadPolicies, readPolicyFolder } from '../../../policy/engine/load.ts';
import { formatProblem } from '../../../policy/engine/problem.ts';
import { runSuite } from '../../../policy/suite/run-suite.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../policy/suite/snapshot.ts';
import { parseSuite } from '../../../policy/suite/suite-file.ts';
import { DEFAULTS, openShopWorld, type ShopWorld } from './shop-world.ts';

const SUITE = `${DEFAULTS}/tests/shop.yaml`;
const suite = parseSuite('shop.yaml', readFileSync(SUITE, 'utf8'));
const cases = suite.kind === 'cases' ? suite.cases : [];

describe('the starter policies', () => {
  let world: ShopWorld;
  beforeAll(async () => {
    world = await openShopWorld();
  });
  afterAll(async () => world.close());

  it('load without a problem', () => {
    const result = loadPolicies(readPolicyFolder(DEFAULTS));
    expect(result.kind === 'failed' ? result.problems.map(formatProblem) : result.warnings).toEqual([]);
  });

  it('name only what the sample shop, its tags and its people have', () => {
    const groups = [...new Set(cases.flatMap((each) => each.groups))];
    const problems = checkNames(world.bundle, { catalog: world.catalog, tags: world.tags.names, groups });
    expect(problems.map(formatProblem)).toEqual([]);
    expect(world.tags.unmatched).toEqual([]);
  });

  it('give a reason with every forbid', () => {
    const silent = world.bundle.policies.filter(({ json, reason }) => json.effect === 'forbid' && reason === undefined);
    expect(silent.map((policy) => policy.id)).toEqual([]);
  });

  it('come with cases that can be read', () => {
    expect(suite.kind === 'cases' ? [] : suite.problems).toEqual([]);
    expect(cases.length).toBeGreaterThan(25);
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const { analyzer, engine, catalog } = world;
    const report = await runSuite([each], {
      analyzer,
      engine,
      database: catalog.database,
      clockAt: createZonedClock('UTC'),
    });
    expect(
      report.results.map(({ difference, actual }) =>
        difference === undefined ? 'passed' : `${difference} | ${actual}`,
      ),
    ).toEqual(['passed']);
  });

  it.each([
    ['developer', 'select number from contacts', 'refuse', 'pci-is-for-dbas'],
    ['analyst', 'select address from contacts', 'refuse', 'pci-is-for-dbas'],
    ['dba', 'select address from contacts', 'stepUp', 'dbas-prove-before-tagged-data'],
    ['analyst', 'select spy()', 'refuse', 'analysts-no-ssn'],
    ['dba', 'select spy()', 'stepUp', 'dbas-prove-before-tagged-data'],
    ['analyst', 'select order_count()', 'allow', 'everyone-calls-functions-seen-through'],
    ['developer', "select run_text('x')", 'refuse', undefined],
    ['dba', "select run_text('x')", 'stepUp', 'dbas-prove-before-unvetted-functions'],
    ['developer', 'select rolpassword from pg_authid', 'refuse', 'guarded-is-for-dbas'],
    [
      'analyst',
      'merge into products p using orders o on o.id = p.id when matched then delete',
      'refuse',
      'analysts-do-not-write',
    ],
    ['analyst', 'select c from customers c', 'refuse', 'analysts-no-ssn'],
  ] as const)('hold on other roads: %s, %s', async (person, statement, expected, policy) => {
    const { analyzer, engine, catalog } = world;
    const groups = [`${person}s`];
    const policies = policy === undefined ? [] : [policy];
    const policyCase = { name: statement, person, groups, statement, expect: expected, policies, file: '-', line: 1 };
    const deps = { analyzer, engine, database: catalog.database, clockAt: createZonedClock('UTC') };
    const [result] = (await runSuite([policyCase], deps)).results;
    expect(result?.difference ?? result?.actual).toMatch(new RegExp(`^${expected}`));
  });

  it('fail their cases when the policy that a case rests on is gone', async () => {
    const { analyzer, engine, catalog } = world;
    const wrong = cases.map((each) => ({ ...each, policies: ['gone'] }));
    const deps = { analyzer, engine, database: catalog.database, clockAt: createZonedClock('UTC') };
    const { passed, failed } = await runSuite(wrong, deps);
    // What analysis refuses rests on no policy.
    expect([passed, failed]).toEqual([2, cases.length - 2]);
  });

  it('are tested just so against a snapshot of the catalog', () => {
    expect(decodeSnapshot(encodeSnapshot(world.catalog))).toEqual(world.catalog);
    expect(() => decodeSnapshot(Buffer.from('x'))).toThrow('this is not a catalog snapshot');
  });
});
