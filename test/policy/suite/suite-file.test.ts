import { describe, expect, it } from 'vitest';
import { parseSuite } from '../../../policy/suite/suite-file.ts';

function problemsIn(text: string): readonly string[] {
  const suite = parseSuite('s.yaml', text);
  return suite.kind === 'cases' ? [] : suite.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

describe('a suite', () => {
  it('gives each case the groups of its person, the defaults and its line', () => {
    const suite = parseSuite(
      's.yaml',
      `people: { ada: [a, b] }
defaults: { address: 10.0.0.1, application: etl }
cases:
  - name: one
    person: ada
    application: psql
    assurance: { aal: 2, age: 9m59s }
    clock: 2026-11-24T09:00:00+01:00
    statement: select 1
    expect: stepUp
    rung: totp
  - { name: two, person: eve, groups: [], statement: select 2, expect: allow }
`,
    );
    expect(suite).toMatchObject({
      kind: 'cases',
      cases: [
        {
          groups: ['a', 'b'],
          address: '10.0.0.1',
          application: 'psql',
          assurance: { methods: ['pwd'], aal: 2, age: 599_000 },
          line: 4,
        },
        { groups: [], application: 'etl', line: 12 },
      ],
    });
  });

  it('reports every mistake with its line', () => {
    expect(
      problemsIn(`people: { ada: [a] }
cases:
  - name: one
    person: ada
    statment: select 1
    statement: select 1
    expect: maybe
  - name: two
    person: ada
    assurance: { age: 5 minutes }
    statement: select 1
    expect: allow
    rung: totp
`).map((text) => text.replace(/^s\.yaml:(\d+): ([\w.]+): .*/, '$1 $2')),
    ).toEqual(['5 cases.0.statment', '7 cases.0.expect', '10 cases.1.assurance.age']);
  });

  it('is refused without cases: it would pass and test nothing', () => {
    expect(problemsIn('cases: []')[0]).toMatch('cases');
    expect(problemsIn('')).toHaveLength(1);
  });

  it('is refused where a person has no groups anywhere', () => {
    expect(problemsIn('cases:\n  - { name: x, person: eve, statement: select 1, expect: allow }')).toEqual([
      's.yaml:2: "eve" is not among people, and no groups are given',
    ]);
  });

  it('is refused where a key only makes sense with another expectation', () => {
    const of = (rest: string): string =>
      problemsIn(`cases:\n  - { name: x, person: e, groups: [], statement: s, ${rest} }`)[0] ?? '';
    expect(of('expect: allow, rung: totp')).toMatch('only goes with expect: stepUp');
    expect(of('expect: allow, analysis: syntax')).toMatch('only goes with expect: refuse');
  });

  it('reports YAML that cannot be read', () => {
    expect(problemsIn('cases:\n  - { name: x')[0]).toMatch(/^s\.yaml:\d: /);
  });
});
