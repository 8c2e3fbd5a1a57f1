import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../policy/catalog/catalog.ts';
import { checkNames } from '../../../policy/engine/check-names.ts';
import { formatProblem } from '../../../policy/engine/problem.ts';
import { bundleOf } from './scenario.ts';

const column = (name: string, number: number) => ({ name, number, type: 'text', typeOid: 25 });
const CATALOG: Catalog = {
  version: 1,
  database: 'shop',
  serverVersion: 180004,
  schemas: ['public', 'Odd.Schema'],
  relations: [
    {
      oid: 1,
      schema: 'public',
      name: 'customers',
      kind: 'table',
      owner: 'o',
      columns: [column('id', 1), column('ssn', 2)],
      parents: [],
      checks: [],
      triggers: [],
      rules: [],
      hasRowSecurity: false,
    },
  ],
  functions: [],
  types: [],
  userOperators: [],
  userCasts: [],
};

function problemsIn(text: string): readonly string[] {
  const known = { catalog: CATALOG, tags: ['pii'], groups: ['analysts'] };
  return checkNames(bundleOf(text), known).map(formatProblem);
}

describe('a name in a policy', () => {
  it('is an error where the database does not have it, with the place and the likely meaning', () => {
    expect(
      problemsIn(
        `@id("a")\nforbid (\n  principal,\n  action == Action::"select",\n  resource == Column::"public.customers.snn"\n);`,
      ),
    ).toEqual([
      'p0.cedar:5:15: error: Column::"public.customers.snn": the database has no such column (did you mean Column::"public.customers.ssn"?)',
    ]);
  });

  it('is an error for tags nobody configured, groups nobody is in, tables, schemas, functions and other databases', () => {
    const problems = problemsIn(`@id("a") forbid (principal in Group::"analyst", action, resource in Tag::"pi");
      @id("b") forbid (principal, action, resource)
      when { resource in Table::"public.customer" || resource in Schema::"pubic"
        || resource == Function::"public.f" || resource in Database::"prod" };`);
    expect(problems.map((text) => /error: (\S+):/.exec(text)?.[1])).toEqual([
      'Group::"analyst"',
      'Tag::"pi"',
      'Table::"public.customer"',
      'Schema::"pubic"',
      'Function::"public.f"',
      'Database::"prod"',
    ]);
  });

  it('is right when the catalog has it, quoted as PostgreSQL quotes it', () => {
    expect(
      problemsIn(`@id("a") forbid (principal in Group::"analysts", action, resource in Tag::"pii");
        @id("b") forbid (principal, action, resource) when { resource in Schema::"\\"Odd.Schema\\"" || resource in Table::"public.customers" };`),
    ).toEqual([]);
  });

  it('is not looked for in comments and strings', () => {
    expect(
      problemsIn(`// Table::"nowhere"\n@id("a") @reason("not Tag::\\"x\\"") forbid (principal, action, resource)
        when { context.session.role == "Tag::\\"y\\"" };`),
    ).toEqual([]);
  });

  it('is not checked where nothing is known', () => {
    expect(checkNames(bundleOf('@id("a") forbid (principal, action, resource in Tag::"x");'), {})).toEqual([]);
  });
});
