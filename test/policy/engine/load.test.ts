import { describe, expect, it } from 'vitest';
import { loadPolicies } from '../../../policy/engine/load.ts';
import { formatProblem } from '../../../policy/engine/problem.ts';

const GOOD = '@id("good") permit (principal, action, resource);';

function problemsIn(...texts: readonly string[]): readonly string[] {
  const result = loadPolicies(texts.map((text, index) => ({ path: `f${index}.cedar`, text })));
  return (result.kind === 'failed' ? result.problems : result.warnings).map(formatProblem);
}

describe('a policy set', () => {
  it('keeps file, line, id and reason of each policy, in the order of the files', () => {
    const text = `// a comment; with "a quote\n\n@id("one")\n@reason("because; yes")\npermit (principal, action, resource)\n`;
    const result = loadPolicies([
      { path: 'a.cedar', text: `${text};   ${GOOD}\n// the end` },
      { path: 'b.cedar', text: `\r\n\r\n@id("b") permit (principal, action, resource);` },
    ]);
    if (result.kind === 'failed') throw new Error('it is valid');
    expect(result.bundle.policies.map(({ id, file, line, reason }) => ({ id, file, line, reason }))).toEqual([
      { id: 'one', file: 'a.cedar', line: 3, reason: 'because; yes' },
      { id: 'good', file: 'a.cedar', line: 6, reason: undefined },
      { id: 'b', file: 'b.cedar', line: 3, reason: undefined },
    ]);
  });

  it('is not split at semicolons in strings and comments', () => {
    const text = `@id("s") permit (principal == User::"a;\\";b", action, resource) // ; "
      when { context.session.role like "x;*" };`;
    const result = loadPolicies([{ path: 'a.cedar', text }]);
    expect(result.kind === 'loaded' ? result.bundle.policies.map((policy) => policy.id) : result.problems).toEqual([
      's',
    ]);
  });

  it('has a digest of ids and texts', () => {
    const digest = (text: string): string => {
      const result = loadPolicies([{ path: 'a.cedar', text }]);
      return result.kind === 'loaded' ? result.bundle.digest : 'failed';
    };
    expect(digest(GOOD)).toBe(digest(GOOD));
    expect(digest(GOOD)).not.toBe(digest(GOOD.replace('permit', 'forbid')));
  });
});

describe('a mistake', () => {
  it('is reported with file, line and column, in code points, with the help that Cedar gives', () => {
    const text = `${GOOD}\n// ééé 😀\n@id("b") permit (principal, action == Action::"selct", resource);`;
    expect(problemsIn(text)).toEqual([
      'f0.cedar:3:39: error: unrecognized action `Action::"selct"` (did you mean `Action::"select"`?)',
    ]);
  });

  it('of syntax is reported where it is, past characters of several bytes', () => {
    const line = `${GOOD} @id("é") permit (principal, action, resource) wen { true };`;
    expect(problemsIn(`// ééé 😀\n${line}`)).toEqual([
      `f0.cedar:2:${line.indexOf('wen') + 1}: error: invalid policy condition: wen (condition must be either \`when\` or \`unless\`)`,
    ]);
  });

  it('does not hide the others: all are reported, in every file', () => {
    const problems = problemsIn(
      `${GOOD}\n@id("x") permit (principal, action, resource) when { context.assurance.aalx > 1 };`,
      '@id("y") permit (principal, action resource);\n@id("z") permit (principal in Grup::"a", action, resource);',
      'permit (principal, action, resource);',
    );
    expect(problems.map((text) => text.replace(/: .*/s, ''))).toEqual([
      'f0.cedar:2:54',
      'f1.cedar:1:36',
      'f1.cedar:2:31',
      'f2.cedar:1:1',
    ]);
  });

  it('is a missing or unusable id', () => {
    expect(problemsIn('permit (principal, action, resource);')[0]).toMatch('the policy has no @id');
    expect(problemsIn('@id("a b") permit (principal, action, resource);')[0]).toMatch('"a b" cannot be an @id');
  });

  it('is an id that another policy has, in whatever file', () => {
    expect(problemsIn(GOOD, `\n  ${GOOD}`)).toEqual([
      'f1.cedar:2:3: error: the id "good" is taken by the policy at f0.cedar:1',
    ]);
  });

  it('is a policy that can never apply: a forbid of that kind is a hole', () => {
    const never = '@id("n") forbid (principal, action == Action::"select", resource in Setting::"x");';
    expect(problemsIn(GOOD, never)).toEqual([
      'f1.cedar:1:1: error: policy is impossible: the policy expression evaluates to false for all valid requests',
    ]);
    const always = '@id("n") forbid (principal, action == Action::"set", resource) when { false };';
    expect(problemsIn(GOOD, always)[0]).toMatch('policy is impossible');
  });

  it('is an optional attribute that is read without asking whether it is there', () => {
    expect(
      problemsIn('@id("v") forbid (principal, action, resource) when { context.statement.via == "view" };')[0],
    ).toMatch(/^f0\.cedar:1:54: error: .*`statement\.via` in context \(/);
  });

  it('is a template, an unfinished policy, an empty file and no file at all', () => {
    expect(problemsIn('@id("t") permit (principal == ?principal, action, resource);')[0]).toMatch('template');
    expect(problemsIn(`${GOOD} @id("u") permit (principal, action, resource)`)[0]).toMatch(/unexpected end of input/);
    expect(problemsIn('// nothing\n')[0]).toMatch('f0.cedar:1:1: error: there is no policy');
    expect(problemsIn()[0]).toMatch('there is no policy');
  });

  it('is a reason that would break the one line of an error message', () => {
    expect(problemsIn('@id("r") @reason("a\\nb") permit (principal, action, resource);')[0]).toMatch(
      '@reason must be one line',
    );
  });
});

describe('a warning', () => {
  it('does not keep a set from loading', () => {
    const mixed = '@id("w") permit (principal, action, resource) when { context.session.role == "\u0430dmin" };';
    const result = loadPolicies([{ path: 'f.cedar', text: mixed }]);
    expect(result.kind).toBe('loaded');
    expect(problemsIn(mixed)[0]).toMatch(/f0\.cedar:1:78: warning: .*mixed scripts/);
  });
});
