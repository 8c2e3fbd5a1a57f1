import { describe, expect, it } from 'vitest';
import { parseSearchPath } from '../../../policy/catalog/namespace-defaults.ts';

describe('reading a search_path', () => {
  it.each([
    ['"$user", public', ['ann', 'public']],
    ['$user,public', ['ann', 'public']],
    ['Public , "Public", "a ""b"", c"', ['public', 'Public', 'a "b", c']],
    ['""', []],
    ['', []],
    ['x'.repeat(70), ['x'.repeat(63)]],
    [`"${'ä'.repeat(40)}"`, ['ä'.repeat(31)]],
    ['ÄB', ['Äb']],
  ])('%s', (value, expected) => {
    expect(parseSearchPath(value, 'ann')).toEqual(expected);
  });
});
