import { describe, expect, it } from 'vitest';
import { accessesOf, linesOf, refusalOf, statementOf, statementsOf } from './reading.ts';

const CONNECT = ['connect database none'];

describe('transaction control', () => {
  it.each([
    ['BEGIN', { kind: 'transaction', verb: 'begin' }],
    ['START TRANSACTION READ ONLY', { kind: 'transaction', verb: 'begin' }],
    ['END', { kind: 'transaction', verb: 'commit' }],
    ['COMMIT AND CHAIN', { kind: 'transaction', verb: 'commit', chain: true }],
    ['ABORT', { kind: 'transaction', verb: 'rollback' }],
    ['SAVEPOINT a', { kind: 'transaction', verb: 'savepoint', name: 'a' }],
    ['ROLLBACK TO a', { kind: 'transaction', verb: 'rollbackTo', name: 'a' }],
    ['RELEASE a', { kind: 'transaction', verb: 'release', name: 'a' }],
  ])('%s touches nothing and tells the session', (text, effect) => {
    const statement = statementOf(text);
    expect(linesOf(statement)).toEqual(CONNECT);
    expect(statement.effects).toEqual([effect]);
    expect(statement.isReadOnly).toBe(true);
  });

  it.each(["PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'"])('%s is opaque', (text) => {
    expect(accessesOf(text)).toEqual(['opaque database none']);
  });
});

describe('prepared statements', () => {
  it('PREPARE reads nothing and gives the place of its body', () => {
    const text = 'PREPARE "as" (int, text) AS  SELECT ssn FROM customers WHERE id = $1';
    const { effects, accesses } = statementOf(text);
    expect(accesses.map(({ action }) => action)).toEqual(['connect']);
    const [effect] = effects;
    if (effect?.kind !== 'prepare') throw new Error('no prepare effect');
    expect(effect.name).toBe('as');
    expect(text.slice(effect.body.start, effect.body.end)).toBe('SELECT ssn FROM customers WHERE id = $1');
  });

  it('finds the body behind characters of several bytes, in a later statement', () => {
    const text = `SELECT '€😀'; PREPARE "é" AS SELECT 'ü', note FROM notes; SELECT 1`;
    const [effect] = statementsOf(text)[1]?.effects ?? [];
    if (effect?.kind !== 'prepare') throw new Error('no prepare effect');
    expect(text.slice(effect.body.start, effect.body.end)).toBe("SELECT 'ü', note FROM notes");
  });

  it('PREPARE of what cannot be analysed is refused', () => {
    expect(refusalOf('PREPARE p AS SELECT * FROM nowhere')).toMatchObject({ sqlstate: '42P01' });
  });

  it('PREPARE with a parameter of a checked domain asks for what the check calls', () => {
    expect(accessesOf('PREPARE p(checked) AS SELECT $1')).toEqual(['execute function public.get_ssn none']);
  });

  it('EXECUTE of a statement from another message is linked by the session, its arguments are judged here', () => {
    const statement = statementOf("EXECUTE p(get_ssn('1'))");
    expect(statement.effects).toEqual([{ kind: 'executePrepared', name: 'p' }]);
    expect(linesOf(statement)).toEqual(['execute function public.get_ssn none']);
  });

  it('EXECUTE of a statement prepared in the same message is judged as that statement', () => {
    const [, execute] = statementsOf('PREPARE p AS SELECT note FROM notes; EXECUTE p');
    expect(execute?.effects).toEqual([]);
    expect(linesOf(execute ?? statementOf(''))).toEqual(['select public.notes.note output']);
  });

  it('DEALLOCATE names one or all', () => {
    expect(statementOf('DEALLOCATE p').effects).toEqual([{ kind: 'deallocate', name: 'p' }]);
    expect(statementOf('DEALLOCATE ALL').effects).toEqual([{ kind: 'deallocate', name: undefined }]);
  });
});

describe('cursors', () => {
  it('DECLARE is charged with the query', () => {
    const statement = statementOf('DECLARE c CURSOR FOR SELECT note FROM notes');
    expect(linesOf(statement)).toEqual(['select public.notes.note output']);
    expect(statement.effects).toEqual([{ kind: 'declareCursor', name: 'c' }]);
  });

  it('FETCH and MOVE are linked by the session, unless the cursor was declared in the same message', () => {
    expect(statementOf('FETCH ALL FROM c').effects).toEqual([{ kind: 'fetchCursor', name: 'c' }]);
    expect(statementOf('MOVE c').kind).toBe('MOVE');
    const [, fetch] = statementsOf('DECLARE c CURSOR FOR SELECT note FROM notes; FETCH c');
    expect(fetch?.effects).toEqual([]);
  });

  it('CLOSE names one or all', () => {
    expect(statementOf('CLOSE c').effects).toEqual([{ kind: 'closeCursor', name: 'c' }]);
    expect(statementOf('CLOSE ALL').effects).toEqual([{ kind: 'closeCursor', name: undefined }]);
  });
});

describe('channels and the rest of the session', () => {
  it('LISTEN and NOTIFY are accesses to the channel, UNLISTEN is none', () => {
    expect(accessesOf('LISTEN a')).toEqual(['listen channel a none']);
    expect(accessesOf("NOTIFY a, 'x'")).toEqual(['notify channel a none']);
    expect(accessesOf('UNLISTEN *')).toEqual(CONNECT);
    expect(accessesOf("SELECT pg_notify('a', 'x')")).toEqual(['notify channel a none']);
    expect(accessesOf("SELECT pg_notify(note, 'x') FROM notes")).toContain('notify channel "*" none');
  });

  it.each([
    ['DISCARD ALL', 'all'],
    ['DISCARD TEMP', 'temp'],
    ['DISCARD PLANS', 'plans'],
    ['DISCARD SEQUENCES', 'sequences'],
  ])('%s tells the session', (text, what) => {
    expect(statementOf(text)).toMatchObject({ kind: text, effects: [{ kind: 'discard', what }] });
  });
});

describe('EXPLAIN', () => {
  it('is charged as what it explains, executed or not', () => {
    expect(accessesOf('EXPLAIN SELECT note FROM notes')).toEqual(['select public.notes.note output']);
    expect(accessesOf('EXPLAIN (FORMAT json) DELETE FROM notes')).toContain('delete public.notes none');
    expect(statementOf('EXPLAIN EXECUTE p').effects).toEqual([{ kind: 'executePrepared', name: 'p' }]);
  });

  it.each([
    ['EXPLAIN CREATE TEMP TABLE t AS SELECT 1 AS a', 0],
    ['EXPLAIN (ANALYZE off) CREATE TEMP TABLE t AS SELECT 1 AS a', 0],
    ['EXPLAIN (ANALYZE, ANALYZE 0) CREATE TEMP TABLE t AS SELECT 1 AS a', 0],
    ['EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1 AS a', 1],
    ['EXPLAIN (ANALYZE true) CREATE TEMP TABLE t AS SELECT 1 AS a', 1],
    ['EXPLAIN (ANALYZE 1) CREATE TEMP TABLE t AS SELECT 1 AS a', 1],
  ])('%s has %i effects', (text, count) => {
    expect(statementOf(text).effects).toHaveLength(count);
  });
});
