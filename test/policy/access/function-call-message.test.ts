import { describe, expect, it } from 'vitest';
import { withCall } from '../../../policy/access/function-call-message.ts';
import { withParameterValues } from '../../../policy/access/parameter-values.ts';
import { accessesOf, PUBLIC, refusalOf, statementOf } from './statements/reading.ts';

const call = (functionOid: number, argumentCount: number) => withCall(PUBLIC, { functionOid, argumentCount });
const GET_SSN = 30_001;
const SET_CONFIG = 1000;
const LENGTH = 1002;

describe('a FunctionCall message', () => {
  it('is judged as a SELECT of that function, whatever its text says', () => {
    expect(accessesOf('FunctionCall', call(GET_SSN, 1))).toContain('execute function public.get_ssn none');
    expect(statementOf('FunctionCall 30001', call(GET_SSN, 1)).span).toEqual({ start: 0, end: 18 });
  });

  it('needs no more than SELECT 1 for a built-in that only computes', () => {
    expect(accessesOf('FunctionCall', call(LENGTH, 3))).toEqual(['connect database none']);
  });

  it('is refused in the words of PostgreSQL where it cannot be called', () => {
    expect(refusalOf('F', call(99, 0))).toMatchObject({
      sqlstate: '42883',
      message: 'function with OID 99 does not exist',
    });
    expect(refusalOf('F', call(99, 0)).cause).toBe('unknownName');
    expect(refusalOf('F', call(1100, 2)).message).toBe('cannot call function "generate_series" via fastpath interface');
    expect(refusalOf('F', call(GET_SSN, 2)).message).toBe(
      'function call message contains 2 arguments but function requires 1',
    );
  });

  it('sets what set_config would set, where the values are known', () => {
    const at = call(SET_CONFIG, 3);
    expect(refusalOf('F', at).needsParameters).toEqual([1]);
    const known = withParameterValues(at, [
      [1, 'search_path'],
      [2, 'finance'],
      [3, '\u0001'],
    ]);
    expect(statementOf('F', known).effects).toEqual([
      { kind: 'set', name: 'search_path', value: 'finance', isLocal: true },
    ]);
  });

  it('has a key of its own for each function and number of arguments', () => {
    const keys = [call(1, 0), call(1, 1), call(2, 0), PUBLIC].map(({ key }) => key);
    expect(new Set(keys).size).toBe(4);
  });
});

describe('set_config with parameters', () => {
  const SQL = 'SELECT set_config($1, $2, $3)';
  const bound = (...values: readonly (string | null)[]) =>
    withParameterValues(
      PUBLIC,
      values.map((value, at) => [at + 1, value] as const),
    );

  it('asks for the name, and then for what counts of the rest', () => {
    expect(refusalOf(SQL).needsParameters).toEqual([1]);
    expect(refusalOf(SQL, bound('search_path')).needsParameters).toEqual([2, 3]);
    expect(accessesOf(SQL, bound('work_mem'))).toEqual(['set setting work_mem none']);
  });

  it('is SET once all is known, also through a cast that changes no text', () => {
    const set = { kind: 'set', name: 'search_path', value: 'finance', isLocal: false };
    expect(statementOf(SQL, bound('search_path', 'finance', 'f')).effects).toEqual([set]);
    const cast = 'SELECT set_config($1::text, $2::text, $3::boolean)';
    expect(statementOf(cast, bound('search_path', 'finance', 'false')).effects).toEqual([set]);
  });

  it('is not taken for it through a cast that cuts', () => {
    const refusal = refusalOf('SELECT set_config($1::text[], $2, $3)', bound('search_path', 'finance', 'f'));
    expect(refusal).toMatchObject({ sqlstate: '42501' });
    expect(refusal.needsParameters).toBeUndefined();
  });

  it('is refused for a value that would change how text is read', () => {
    const refusal = refusalOf(SQL, bound('standard_conforming_strings', 'off', 'f'));
    expect(refusal.message).toContain('standard_conforming_strings');
    expect(refusal.needsParameters).toBeUndefined();
  });

  it('stays refused in a PREPARE, whose EXECUTE brings other values', () => {
    expect(refusalOf('PREPARE p AS SELECT set_config($1, $2, false)').sqlstate).toBe('42501');
  });
});
