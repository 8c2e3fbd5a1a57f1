import { describe, expect, it } from 'vitest';
import { parseSearchPath } from '../../../../policy/catalog/namespace-defaults.ts';
import { refusalOf, statementOf } from './reading.ts';

describe('white space is what PostgreSQL takes for it', () => {
  it('a no-break space at the end of a prepared text is a letter of its last name', () => {
    const text = 'PREPARE p AS SELECT 1 AS a ORDER BY a\u00a0 ';
    const wrong = refusalOf(text);
    expect(wrong.message).toBe('column "a\u00a0" does not exist');
    const right = statementOf('PREPARE p AS\u000c SELECT 1 AS a\u00a0 \n');
    const [effect] = right.effects;
    expect(effect).toMatchObject({ kind: 'prepare', name: 'p', body: { start: 14, end: 28 } });
  });

  it('a no-break space is a letter of a schema too', () => {
    expect(parseSearchPath('a\u00a0b,\tc\f, "d e"', 'app')).toEqual(['a\u00a0b', 'c', 'd e']);
  });

  it('refuses a vertical tab in search_path, which old versions take for a letter', () => {
    expect(refusalOf("SELECT set_config('search_path', E'a,\\vb', false)").message).toContain('vertical tab');
    expect(refusalOf("SET search_path = E'a\\v'").sqlstate).toBe('42501');
  });
});
