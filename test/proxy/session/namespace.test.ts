import { beforeEach, describe, expect, it } from 'vitest';
import type { Access, Effect } from '../../../policy/access/facts.ts';
import { NamespaceTracker } from '../../../proxy/session/namespace.ts';
import { parseSearchPath } from '../../../proxy/session/search-path.ts';

let tracker: NamespaceTracker;
beforeEach(() => {
  tracker = new NamespaceTracker({ searchPath: '"$user", public', user: 'app' });
});

const path = (): string => tracker.current().searchPath.join();
const set = (value: string | undefined, isLocal = false): Effect => ({
  kind: 'set',
  name: 'search_path',
  value,
  isLocal,
});
const transaction = (
  verb: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollbackTo',
  name?: string,
): void =>
  tracker.apply(
    name === undefined ? { kind: 'transaction', verb } : { kind: 'transaction', verb, name },
    verb.toUpperCase(),
  );
const ssn: Access = {
  action: 'select',
  resource: { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' },
  usage: 'output',
  spans: [],
};
const temp = (name: string): Effect => ({ kind: 'createTemp', relation: { name, columns: ['a'], sources: [] } });

describe('search_path', () => {
  it('begins as upstream has it', () => {
    expect(path()).toBe('app,public');
  });

  it('goes back when the implicit transaction fails, and stays when it does not', () => {
    tracker.apply(set('a'), 'SET');
    tracker.readyForQuery('I', true);
    expect(path()).toBe('app,public');
    tracker.apply(set('a'), 'SET');
    tracker.readyForQuery('I', false);
    expect(path()).toBe('a');
  });

  it('goes back at ROLLBACK to what was before BEGIN, statements before BEGIN in the same Query included', () => {
    tracker.apply(set('a'), 'SET');
    transaction('begin');
    tracker.apply(set('b'), 'SET');
    transaction('rollback');
    expect(path()).toBe('app,public');
  });

  it('takes COMMIT of a failed transaction for the ROLLBACK that its tag says', () => {
    transaction('begin');
    tracker.readyForQuery('T', false);
    tracker.apply(set('a'), 'SET');
    tracker.apply({ kind: 'transaction', verb: 'commit' }, 'ROLLBACK');
    expect(path()).toBe('app,public');
  });

  it('ends SET LOCAL with the transaction, and SET after it takes its place', () => {
    transaction('begin');
    tracker.apply(set('a'), 'SET');
    tracker.apply(set('b', true), 'SET');
    expect(path()).toBe('b');
    tracker.apply(set('c'), 'SET');
    expect(path()).toBe('c');
    tracker.apply(set('d', true), 'SET');
    transaction('commit');
    expect(path()).toBe('c');
  });

  it('follows savepoints of equal names', () => {
    transaction('begin');
    transaction('savepoint', 's');
    tracker.apply(set('a'), 'SET');
    transaction('savepoint', 's');
    tracker.apply(set('b'), 'SET');
    transaction('rollbackTo', 's');
    expect(path()).toBe('a');
    transaction('release', 's');
    transaction('rollbackTo', 's');
    expect(path()).toBe('app,public');
  });

  it('returns to the initial value at RESET, RESET ALL and DISCARD ALL', () => {
    const resets: readonly Effect[] = [
      set(undefined),
      { kind: 'set', name: 'all', value: undefined, isLocal: false },
      { kind: 'discard', what: 'all' },
    ];
    for (const reset of resets) {
      tracker.apply(set('a'), 'SET');
      tracker.apply(reset, '');
      expect(path()).toBe('app,public');
    }
  });

  it('believes what the server reports', () => {
    tracker.observeSearchPath('b, c');
    expect(path()).toBe('b,c');
  });

  it('resolves $user by the role in force', () => {
    tracker.apply({ kind: 'set', name: 'role', value: 'boss', isLocal: false }, 'SET');
    expect(path()).toBe('boss,public');
    tracker.apply({ kind: 'set', name: 'role', value: 'none', isLocal: false }, 'SET');
    expect(tracker.current().role).toBe('app');
  });
});

describe('temporary tables', () => {
  it('come and go with the transaction, and leave the key as it was', () => {
    const { key } = tracker.current();
    transaction('begin');
    tracker.apply(temp('x'), '');
    expect(tracker.current().key).not.toBe(key);
    transaction('rollback');
    expect(tracker.current().key).toBe(key);
  });

  it('carry what was written into them, once', () => {
    tracker.apply(temp('x'), '');
    tracker.apply({ kind: 'writeTemp', name: 'x', sources: [ssn] }, '');
    const { key } = tracker.current();
    tracker.apply({ kind: 'writeTemp', name: 'x', sources: [{ ...ssn, spans: [{ start: 1, end: 2 }] }] }, '');
    expect(tracker.current().tempRelations[0]?.sources).toHaveLength(1);
    expect(tracker.current().key).toBe(key);
  });

  it('are what upstream says: gone where it has none, unreadable where we know none', () => {
    tracker.apply(temp('x'), '');
    tracker.observe({ searchPath: '"$user", public', role: 'app', temps: ['y'] });
    expect(tracker.current().tempRelations).toMatchObject([
      { name: 'y', columns: [], sources: [{ action: 'opaque' }] },
    ]);
  });

  it('go at DROP, DISCARD TEMP and DISCARD ALL', () => {
    for (const effect of [
      { kind: 'dropTemp', name: 'x' },
      { kind: 'discard', what: 'temp' },
      { kind: 'discard', what: 'all' },
    ] as const) {
      tracker.apply(temp('x'), '');
      tracker.apply(effect, '');
      expect(tracker.current().tempRelations).toEqual([]);
    }
  });
});

it('tells of DDL once it is committed', () => {
  tracker.apply({ kind: 'ddl' }, '');
  expect(tracker.hasUncommittedDdl).toBe(true);
  tracker.readyForQuery('I', true);
  expect(tracker.takeCommittedDdl()).toBe(false);
  tracker.apply({ kind: 'ddl' }, '');
  tracker.readyForQuery('I', false);
  expect([tracker.takeCommittedDdl(), tracker.takeCommittedDdl()]).toEqual([true, false]);
});

describe('a catalog of the transaction', () => {
  const savepoint = (verb: 'savepoint' | 'rollbackTo'): Effect => ({ kind: 'transaction', verb, name: 's' });
  const takeCatalog = (): string => {
    const id = tracker.nextCatalogId('session');
    tracker.useCatalog(id);
    return id;
  };

  it('counts until the next DDL, and is a part of what names mean', () => {
    const { key } = tracker.current();
    tracker.apply({ kind: 'ddl' }, '');
    const id = takeCatalog();
    expect(tracker.current()).toMatchObject({ catalogId: id });
    expect(tracker.current().key).not.toBe(key);
    tracker.apply({ kind: 'ddl' }, '');
    expect(tracker.current().catalogId).toBeUndefined();
    expect(takeCatalog()).not.toBe(id);
  });

  it('does not count for what was before its DDL, nor for other DDL after a rollback', () => {
    tracker.apply({ kind: 'ddl' }, '');
    tracker.apply(savepoint('savepoint'), '');
    tracker.apply({ kind: 'ddl' }, '');
    takeCatalog();
    tracker.apply(savepoint('rollbackTo'), 'ROLLBACK');
    expect(tracker.current().catalogId).toBeUndefined();
    tracker.apply({ kind: 'ddl' }, '');
    expect(tracker.current().catalogId).toBeUndefined();
  });

  it('ends with its transaction', () => {
    tracker.apply({ kind: 'ddl' }, '');
    takeCatalog();
    tracker.readyForQuery('I', false);
    expect(tracker.current().catalogId).toBeUndefined();
  });
});

describe('parseSearchPath', () => {
  it.each([
    ['', []],
    ['public', ['public']],
    ['  A , "B b",c"', undefined],
    ['PUBLIC, "Pub""lic" , "$user"', ['public', 'Pub"lic', 'me']],
    ['""', ['']],
    ['a,', undefined],
    ['a b', undefined],
    ['"a', undefined],
    ['ÄB', ['Äb']],
    ['x'.repeat(70), ['x'.repeat(63)]],
    [`"${'é'.repeat(40)}"`, ['é'.repeat(31)]],
  ])('reads %j', (text, expected) => {
    expect(parseSearchPath(text, 'me')).toEqual(expected);
  });
});
