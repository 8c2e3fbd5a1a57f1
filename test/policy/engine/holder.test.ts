import { describe, expect, it } from 'vitest';
import { type BuildResult, PolicyHolder } from '../../../policy/engine/holder.ts';
import { loadPolicies } from '../../../policy/engine/load.ts';
import { engineOf, request, statement } from './scenario.ts';

const OPEN = '@id("open") permit (principal, action, resource);';
const SHUT = '@id("shut") forbid (principal, action, resource);';

function build(text: string): BuildResult {
  const result = loadPolicies([{ path: 'p.cedar', text }]);
  return result.kind === 'failed' ? result : { kind: 'built', engine: engineOf(text), warnings: result.warnings };
}

function holding(first: string, next: () => BuildResult): PolicyHolder {
  return new PolicyHolder(engineOf(first), next);
}

describe('a reload', () => {
  it('puts the new set in force', () => {
    const holder = holding(OPEN, () => build(SHUT));
    expect(holder.engine.decide(request([statement()])).kind).toBe('allow');
    expect(holder.reload().kind).toBe('reloaded');
    expect(holder.engine.decide(request([statement()])).kind).toBe('refuse');
  });

  it('keeps the good set when the new one has a mistake, and says where', () => {
    const holder = holding(OPEN, () => build(`${SHUT}\n@id("x") permit (principal, action == Action::"x", resource);`));
    const before = holder.engine;
    expect(holder.reload()).toMatchObject({
      kind: 'refused',
      version: before.version,
      problems: [{ file: 'p.cedar', line: 2 }],
    });
    expect(holder.engine).toBe(before);
  });

  it('keeps the good set when the files cannot be read', () => {
    const holder = holding(OPEN, () => {
      throw new Error('ENOENT: no such file or directory');
    });
    expect(holder.reload()).toMatchObject({
      kind: 'refused',
      problems: [{ message: 'ENOENT: no such file or directory' }],
    });
  });

  it('keeps the engine, and with it what it has cached, when nothing changed', () => {
    const holder = holding(OPEN, () => build(OPEN));
    const before = holder.engine;
    expect(holder.reload()).toEqual({ kind: 'unchanged', version: before.version });
    expect(holder.engine).toBe(before);
  });
});
